//! Which addresses may be fetched.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses that an operator allows although they are not public.
#[derive(Clone, Debug, Default)]
pub struct AllowList(Vec<IpAddr>);

impl AllowList {
    /// Reads a list of literal addresses.
    ///
    /// # Errors
    /// The first text that is not an address.
    pub fn parse(list: &[String]) -> Result<Self, String> {
        list.iter().map(|text| text.parse().map_err(|_| text.clone())).collect::<Result<_, _>>().map(Self)
    }

    /// Whether the host is a literal address that an operator listed.
    pub fn lists(&self, url: &url::Url) -> bool {
        let literal: Option<IpAddr> = match url.host() {
            Some(url::Host::Ipv4(ip)) => Some(ip.into()),
            Some(url::Host::Ipv6(ip)) => Some(ip.into()),
            _ => None,
        };
        literal.is_some_and(|ip| self.0.contains(&ip))
    }

    /// Whether an address may be fetched.
    pub fn permits(&self, address: IpAddr) -> bool {
        is_public(address) || self.0.contains(&address)
    }
}

/// Whether an address is reachable by everybody: not loopback, private, link-local, shared, documentation, multicast or
/// reserved, in either family, and not an IPv4 address dressed as IPv6.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => public_v4(v4),
        IpAddr::V6(v6) => public_v6(v6),
    }
}

fn public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    let special = v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_broadcast()
        || v4.is_documentation()
        || v4.is_unspecified()
        || v4.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19));
    !special
}

fn public_v6(v6: Ipv6Addr) -> bool {
    let segments = v6.segments();
    if let Some(mapped) = v6.to_ipv4_mapped() {
        return public_v4(mapped);
    }
    // NAT64 and 6to4 carry an IPv4 address inside.
    if segments[0] == 0x64 && segments[1] == 0xff9b {
        return false;
    }
    if segments[0] == 0x2002 {
        let [a, b] = segments[1].to_be_bytes();
        let [c, d] = segments[2].to_be_bytes();
        return public_v4(Ipv4Addr::new(a, b, c, d));
    }
    // Only 2000::/3 is global unicast; documentation and Teredo lie inside it.
    let global = segments[0] & 0xe000 == 0x2000;
    global && !(segments[0] == 0x2001 && (segments[1] == 0xdb8 || segments[1] == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_public() {
        let table = [
            ("8.8.8.8", true),
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("0.0.0.0", false),
            ("224.0.0.1", false),
            ("198.18.0.1", false),
            ("240.0.0.1", false),
            ("203.0.113.9", false),
            ("::1", false),
            ("::", false),
            ("fe80::1", false),
            ("fc00::1", false),
            ("ff02::1", false),
            ("2001:db8::1", false),
            ("::ffff:10.0.0.1", false),
            ("64:ff9b::a00:1", false),
            ("2002:a00:1::", false),
            ("240e::1", true),
            ("2001:4860:4860::8888", true),
        ];
        for (text, public) in table {
            let address: IpAddr = text.parse().expect("an address");
            assert_eq!(is_public(address), public, "{text}");
        }
    }

    #[test]
    fn an_operator_may_allow_one() {
        let allow = AllowList::parse(&["10.0.0.5".to_owned()]).expect("a list");
        assert!(allow.permits("10.0.0.5".parse().expect("an address")));
        assert!(!allow.permits("10.0.0.6".parse().expect("an address")));
        assert_eq!(AllowList::parse(&["office".to_owned()]).err().as_deref(), Some("office"));
    }
}
