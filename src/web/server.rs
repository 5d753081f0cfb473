//! The server on its socket, from its start until it has drained.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::{Clock as _, SystemClock};
use crate::daemon::definitions::Definitions;
use crate::daemon::runs::Runs;
use crate::daemon::steer::Reaches;
use crate::secret::Secret;
use crate::web::figures::Figures;
use crate::web::followed::Followed;
use crate::web::guard::Guard;
use crate::web::news::News;
use crate::web::routes::router;
use crate::web::site::{Place, Site};
use crate::web::told::Told;

/// How long requests under way may take to end when the server drains.
const GRACE: Duration = Duration::from_secs(5);

/// What a server is started with.
pub struct Parts {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Hosts that it answers to besides its own.
    pub allowed_hosts: Vec<String>,
    /// The runs.
    pub runs: Runs,
    /// The workflow files.
    pub definitions: Definitions,
    /// Where runs go, for those who look.
    pub place: Place,
    /// Where runs go.
    pub reaches: Reaches,
}

/// A server that answers until it is drained.
pub struct Server {
    address: SocketAddr,
    site: Arc<Site>,
    serving: JoinHandle<io::Result<()>>,
    news: JoinHandle<()>,
}

impl Parts {
    /// Whether everybody needs a token: others than this machine can reach the server.
    pub fn needs_token(&self) -> bool {
        Guard::new(self.listen, &self.allowed_hosts).needs_token()
    }
}

impl Server {
    /// Binds the address and answers from then on. Needs a Tokio runtime.
    pub async fn start(parts: Parts) -> io::Result<Self> {
        let listener = TcpListener::bind(parts.listen).await?;
        let address = listener.local_addr()?;
        let site = Arc::new(Site {
            guard: Guard::new(address, &parts.allowed_hosts),
            access: parts.runs.access(),
            pulse: parts.runs.pulse(),
            followed: Followed::default(),
            news: News::default(),
            told: Told::default(),
            figures: Figures::default(),
            setting_out: TaskTracker::new(),
            streams: Site::room_for_streams(),
            draining: CancellationToken::new(),
            started_at: SystemClock.now(),
            definitions: parts.definitions,
            runs: parts.runs,
            place: parts.place,
            reaches: parts.reaches,
        });
        let draining = site.draining.clone();
        let service = router(site.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let serving = axum::serve(listener, service).with_graceful_shutdown(async move { draining.cancelled().await });
        let serving = tokio::spawn(async move { serving.await });
        let news = tokio::spawn(News::keep_looking(site.clone()));
        // Whoever looks first need not wait until every file was checked.
        let definitions = site.definitions.clone();
        tokio::spawn(async move { definitions.list().await });
        Ok(Self { address, site, serving, news })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Hears from now on what the service tells of its agents, signed with this.
    pub fn listen_to_service(&self, secret: Secret) {
        self.site.told.listen(secret);
    }

    /// Takes no more requests, ends the streams, and lets what is under way be answered. When it returns, nothing
    /// begins any more.
    pub async fn drain(mut self) {
        self.site.draining.cancel();
        self.news.abort();
        // Whether it ended in time or not, nothing listens any more.
        drop(tokio::time::timeout(GRACE, &mut self.serving).await);
        self.serving.abort();
        self.site.setting_out.close();
        self.site.setting_out.wait().await;
    }
}
