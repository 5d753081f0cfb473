//! The client for services that are not ours: no redirects, no link-local or metadata addresses, and private ones only
//! where that is let.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Method, Request, RequestBuilder, Response, Url};

/// Which addresses are reached, beside those that never are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Addresses {
    /// Those of this machine and of private networks too: somebody who sits there lets the run begin.
    #[default]
    All,
    /// Public ones only.
    Public,
}

/// The client, and which addresses it reaches. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Web {
    client: Client,
    reaches: Addresses,
}

impl Web {
    /// Makes the client. Fails only when TLS cannot be set up.
    pub fn new(reaches: Addresses) -> reqwest::Result<Self> {
        drop(rustls::crypto::ring::default_provider().install_default());
        let builder = match reaches {
            Addresses::All => Client::builder(),
            // Behind a proxy nobody here sees which address is reached.
            Addresses::Public => Client::builder().no_proxy(),
        };
        let client = builder
            .user_agent(concat!("runsheet/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .pool_idle_timeout(Duration::from_secs(2))
            .connect_timeout(Duration::from_secs(10))
            .dns_resolver(Arc::new(GuardedResolver(reaches)))
            .build()?;
        Ok(Self { client, reaches })
    }

    /// Begins a request. Refuses a URL whose host is written as an address that is not reached.
    pub(super) fn request(&self, method: Method, url: Url) -> Result<RequestBuilder, String> {
        self.reaches.check(&url)?;
        Ok(self.client.request(method, url))
    }

    /// Sends a request.
    pub(super) async fn execute(&self, request: Request) -> reqwest::Result<Response> {
        self.client.execute(request).await
    }
}

impl Addresses {
    fn check(self, url: &Url) -> Result<(), String> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("`{}` is not a scheme of `http`", url.scheme()));
        }
        let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        match host.parse::<IpAddr>() {
            Ok(address) if is_forbidden(address) => {
                Err(format!("{address} is never reached: it is link-local or metadata"))
            }
            Ok(address) if !self.holds(address) => {
                Err(format!("{address} is private, and `serve` reaches it with `--allow-private-http` only"))
            }
            _ => Ok(()),
        }
    }

    fn holds(self, address: IpAddr) -> bool {
        !is_forbidden(address) && (self == Self::All || !is_private(address))
    }
}

/// Addresses of this machine, of private networks and of the carrier's, and those that are nobody's or many's.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            let is_carriers = first == 100 && (64..128).contains(&second);
            let is_for_tests = first == 198 && (18..20).contains(&second);
            // From 224 on they are many's, or reserved.
            v4.is_loopback() || v4.is_private() || first == 0 || is_carriers || is_for_tests || first >= 224
        }
        IpAddr::V6(v6) => {
            let translated =
                (v6.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0]).then(|| Ipv4Addr::from(v6.to_bits() as u32));
            v6.to_ipv4().or(translated).is_some_and(|v4| is_private(IpAddr::V4(v4)))
                || matches!(v6.segments(), [0x64, 0xff9b, 1, ..] | [0x2002, ..] | [0xfec0..=0xfeff, ..])
                || v6.is_multicast()
                || v6.is_loopback()
                || v6.is_unique_local()
        }
    }
}

/// Link-local addresses, and those where clouds keep their metadata.
fn is_forbidden(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            v4.is_link_local() || v4.is_unspecified() || v4.is_broadcast() || v4.octets() == [100, 100, 100, 200]
        }
        IpAddr::V6(v6) => {
            v6.to_ipv4_mapped().is_some_and(|v4| is_forbidden(IpAddr::V4(v4)))
                || v6.is_unicast_link_local()
                || v6.is_unspecified()
                || v6 == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)
        }
    }
}

/// Resolves names as the system does, and drops what is never reached.
struct GuardedResolver(Addresses);

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reaches = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| reaches.holds(address.ip())).collect();
            if allowed.is_empty() {
                return Err(format!("`{}` has no address that may be reached", name.as_str()).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_and_link_local_addresses_are_refused_in_every_spelling() {
        for url in [
            "http://169.254.169.254/latest",
            "http://0xa9fea9fe/",
            "http://2852039166/",
            "http://[::ffff:169.254.169.254]/",
            "http://[fe80::1]/",
            "http://[fd00:ec2::254]/",
            "http://0.0.0.0/",
            "ftp://example.com/",
        ] {
            assert!(Addresses::All.check(&Url::parse(url).unwrap()).is_err(), "{url}");
        }
        assert!(Addresses::All.check(&Url::parse("http://127.0.0.1:8080/").unwrap()).is_ok());
        assert!(Addresses::All.check(&Url::parse("https://api.crm.example/").unwrap()).is_ok());
    }

    #[test]
    fn private_addresses_are_reached_only_where_somebody_let_them_be() {
        let private = [
            "127.0.0.1",
            "127.9.9.9",
            "10.0.0.1",
            "172.31.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "0x7f000001",
            "[::1]",
            "[fd12::1]",
            "[::ffff:10.0.0.1]",
            "[::7f00:1]",
            "[64:ff9b::a00:1]",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "[64:ff9b:1::1]",
            "[2002:a00:1::]",
            "[fec0::1]",
            "[ff02::1]",
        ];
        for host in private {
            let url = Url::parse(&format!("http://{host}/")).unwrap();
            assert!(Addresses::All.check(&url).is_ok() && Addresses::Public.check(&url).is_err(), "{host}");
        }
        for host in [
            "8.8.8.8",
            "198.20.0.1",
            "172.32.0.1",
            "100.128.0.1",
            "[2606:4700::1111]",
            "[64:ff9b::808:808]",
            "crm.example",
        ] {
            assert!(Addresses::Public.check(&Url::parse(&format!("http://{host}/")).unwrap()).is_ok(), "{host}");
        }
    }

    #[tokio::test]
    async fn a_name_of_this_machine_leads_nowhere_where_only_public_addresses_are_reached() {
        let resolve = |reaches| GuardedResolver(reaches).resolve("localhost".parse().unwrap());
        assert!(resolve(Addresses::All).await.is_ok());
        assert!(resolve(Addresses::Public).await.is_err());
    }
}
