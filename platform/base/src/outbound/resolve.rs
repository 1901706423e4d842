//! Names become addresses here, and what may not be fetched is left out before anything is connected.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{AllowList, OutboundError};

/// Resolves a name and keeps its public addresses only.
pub(super) struct Guarded(pub(super) Arc<AllowList>);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let allow = Arc::clone(&self.0);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addrs: Addrs = Box::new(permitted(name.as_str(), found, &allow)?.into_iter());
            Ok(addrs)
        })
    }
}

/// What a name resolved to, without what may not be fetched: nothing else is ever connected to.
fn permitted(
    name: &str,
    found: impl Iterator<Item = SocketAddr>,
    allow: &AllowList,
) -> Result<Vec<SocketAddr>, OutboundError> {
    let kept: Vec<SocketAddr> = found.filter(|addr| allow.permits(addr.ip())).collect();
    if kept.is_empty() { Err(OutboundError::Private(name.to_owned())) } else { Ok(kept) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After DNS, with the system's resolver.
    #[tokio::test]
    async fn a_name_that_resolves_to_a_private_address_is_refused() {
        let names = |allow| Guarded(Arc::new(allow));
        let name = || "localhost".parse::<Name>().expect("a name");
        let refused = names(AllowList::default()).resolve(name()).await.err().expect("refused");
        assert!(matches!(refused.downcast_ref(), Some(OutboundError::Private(_))), "{refused}");
        let loopback = AllowList::parse(&["127.0.0.0/8".to_owned(), "::1".to_owned()]).expect("a list");
        assert!(names(loopback).resolve(name()).await.is_ok());
    }

    /// Whatever a name server answers: addresses that are private, loopback or link-local are left out, and a name that has no
    /// other is refused. The operator's list counts after DNS as it does for literals.
    #[test]
    fn what_a_name_resolves_to_is_judged_address_by_address() {
        let judged = |answers: &[&str], allowed: &[&str]| {
            let allowed: Vec<String> = allowed.iter().map(|text| (*text).to_owned()).collect();
            let allow = AllowList::parse(&allowed).expect("a list");
            let found = answers.iter().map(|text| SocketAddr::new(text.parse().expect("an address"), 80));
            let kept = permitted("portal.example", found.collect::<Vec<_>>().into_iter(), &allow);
            kept.map(|kept| kept.iter().map(|addr| addr.ip().to_string()).collect::<Vec<_>>())
                .map_err(|error| error.to_string())
        };
        let refused = Err("portal.example is not a public address".to_owned());
        for inside in [
            "169.254.169.254",
            "fe80::1",
            "127.0.0.1",
            "::1",
            "10.0.0.5",
            "192.168.0.1",
            "fd00::1",
            "::ffff:169.254.169.254",
        ] {
            assert_eq!(judged(&[inside], &[]), refused, "{inside}");
        }
        assert_eq!(judged(&[], &[]), refused);
        // Who answers with one public and one private address gets the public one only.
        assert_eq!(judged(&["10.0.0.5", "8.8.8.8", "169.254.169.254"], &[]), Ok(vec!["8.8.8.8".to_owned()]));
        assert_eq!(judged(&["10.0.0.5", "169.254.169.254"], &["10.0.0.0/8"]), Ok(vec!["10.0.0.5".to_owned()]));
        assert_eq!(judged(&["10.0.0.5"], &["10.0.0.6"]), refused);
    }
}
