//! A request's body that knows whether it was begun.
//!
//! A timeout before the first byte did nothing; one after it may have done anything. Which of them it was is
//! settled here: the body is either begun, or withdrawn and then never sent, and nothing lies between.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};

const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const WITHDRAWN: u8 = 2;

/// The state of a body that was handed over.
pub(super) struct Sending(Arc<AtomicU8>);

impl Sending {
    /// Wraps a body; what is returned with it tells later whether it was begun.
    pub(super) fn wrap(bytes: Vec<u8>) -> (reqwest::Body, Self) {
        let state = Arc::new(AtomicU8::new(WAITING));
        let body = Watched { inner: reqwest::Body::from(bytes), state: state.clone() };
        (reqwest::Body::wrap(body), Self(state))
    }

    /// Withdraws the body unless it was begun; tells whether nothing of it was sent nor ever will be.
    pub(super) fn withdraw(&self) -> bool {
        self.0.compare_exchange(WAITING, WITHDRAWN, Ordering::AcqRel, Ordering::Acquire) != Err(BEGUN)
    }
}

struct Watched {
    inner: reqwest::Body,
    state: Arc<AtomicU8>,
}

impl Body for Watched {
    type Data = <reqwest::Body as Body>::Data;
    type Error = Box<dyn Error + Send + Sync>;

    /// Asked for once the connection stands and before anything is written to it.
    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let begun = self.state.compare_exchange(WAITING, BEGUN, Ordering::AcqRel, Ordering::Acquire);
        if begun == Err(WITHDRAWN) {
            return Poll::Ready(Some(Err(io::Error::other("withdrawn before it was sent").into())));
        }
        Pin::new(&mut self.inner).poll_frame(task).map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(body: &mut reqwest::Body) -> bool {
        let mut task = Context::from_waker(std::task::Waker::noop());
        matches!(Pin::new(body).poll_frame(&mut task), Poll::Ready(Some(Ok(_))))
    }

    #[test]
    fn a_body_is_begun_or_withdrawn_and_never_both() {
        let (mut body, sending) = Sending::wrap(b"{}".to_vec());
        assert_eq!(body.size_hint().exact(), Some(2));
        assert!(poll(&mut body));
        assert!(!sending.withdraw());

        let (mut body, sending) = Sending::wrap(b"{}".to_vec());
        assert!(sending.withdraw() && sending.withdraw());
        assert!(!poll(&mut body));
    }
}
