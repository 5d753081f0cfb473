//! The host that a request asks for: a page of another name that resolves to this machine gets nothing.

use std::net::{IpAddr, SocketAddr};

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{StatusCode, header};

use crate::web::errors::{Answer, Problem};

/// The hosts that a server answers to.
#[derive(Debug)]
pub(crate) struct Hosts {
    listen: IpAddr,
    allowed: Vec<String>,
}

impl Hosts {
    /// Those of a server that listens here: this machine's forms, the address itself, and what is allowed besides.
    pub(crate) fn new(listen: SocketAddr, allowed: &[String]) -> Self {
        Self { listen: listen.ip(), allowed: allowed.iter().map(|host| host.to_ascii_lowercase()).collect() }
    }

    /// The host that a request asks for, with its port as it was written, if it is one of ours.
    pub(super) fn check(&self, request: &Request) -> Answer<String> {
        let mut written = request.headers().get_all(header::HOST).iter();
        let (first, second) = (written.next().and_then(|host| host.to_str().ok()), written.next());
        let named = request.uri().authority().map(Authority::as_str);
        let asked = named.or(first).unwrap_or_default().to_ascii_lowercase();
        // A full address in the first line must not tell another host than the header.
        let agrees = second.is_none() && named.is_none_or(|named| first.is_none_or(|first| first == named));
        if agrees && self.knows(&asked) {
            return Ok(asked);
        }
        let problem = Problem::new(StatusCode::MISDIRECTED_REQUEST, "host", "this server does not answer to this host");
        Err(problem.hint("behind a proxy, start it with `--allow-host HOST`"))
    }

    /// Whether a host, with or without a port, is one of ours.
    fn knows(&self, written: &str) -> bool {
        if self.allowed.iter().any(|allowed| allowed == written) {
            return true;
        }
        let Ok(authority) = written.parse::<Authority>() else { return false };
        if authority.as_str().contains('@') {
            return false;
        }
        let host = authority.host();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
        let is_local = host == "localhost" || address.is_some_and(|address| address.is_loopback());
        // Nobody can make an address written in numbers resolve to another one.
        let is_listened = address.is_some_and(|address| self.listen.is_unspecified() || address == self.listen);
        is_local || is_listened || self.allowed.iter().any(|allowed| allowed == host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_ours_by_the_address_a_local_name_or_leave() {
        let hosts = |listen: &str, allowed: &[&str]| {
            let allowed: Vec<String> = allowed.iter().map(|&host| host.to_owned()).collect();
            Hosts::new(listen.parse().unwrap(), &allowed)
        };
        let local = hosts("127.0.0.1:8420", &[]);
        for host in ["127.0.0.1:8420", "localhost:8420", "localhost", "[::1]:8420", "localhost:9000"] {
            assert!(local.knows(host), "{host}");
        }
        for host in ["evil.example", "evil.example:8420", "localhost.evil.example", "", "a@localhost", "10.0.0.1:8420"]
        {
            assert!(!local.knows(host), "{host}");
        }
        assert!(hosts("0.0.0.0:8420", &[]).knows("192.168.1.7:8420"));
        assert!(hosts("192.168.1.7:8420", &[]).knows("192.168.1.7:8420"));
        assert!(!hosts("192.168.1.7:8420", &[]).knows("192.168.1.8:8420"));
        let proxied = hosts("127.0.0.1:8420", &["Show.example"]);
        assert!(proxied.knows("show.example") && proxied.knows("show.example:443") && !proxied.knows("example"));
    }
}
