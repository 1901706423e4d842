//! Which addresses may be fetched.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks that an operator allows although they are not public.
#[derive(Clone, Debug, Default)]
pub struct AllowList(Vec<Network>);

/// An address and how many of its leading bits count.
#[derive(Clone, Copy, Debug)]
struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// `10.1.0.0/16`, `fd00::/8`, or one address.
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let plain = |bits: &str| bits.bytes().all(|byte| byte.is_ascii_digit()).then(|| bits.parse().ok()).flatten();
        let bits = bits.map_or(Some(most), plain)?;
        (bits <= most).then_some(Self { address, bits })
    }

    fn holds(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(asked)) => {
                let differs = own.to_bits() ^ asked.to_bits();
                differs.checked_shr(32 - self.bits).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(asked)) => {
                let differs = own.to_bits() ^ asked.to_bits();
                differs.checked_shr(128 - self.bits).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl AllowList {
    /// Reads a list of literal addresses and networks (`10.1.0.0/16`).
    ///
    /// # Errors
    /// The first text that is neither.
    pub fn parse(list: &[String]) -> Result<Self, String> {
        list.iter().map(|text| Network::parse(text).ok_or_else(|| text.clone())).collect::<Result<_, _>>().map(Self)
    }

    /// Whether the host is a literal address that an operator listed.
    pub fn lists(&self, url: &url::Url) -> bool {
        let literal: Option<IpAddr> = match url.host() {
            Some(url::Host::Ipv4(ip)) => Some(ip.into()),
            Some(url::Host::Ipv6(ip)) => Some(ip.into()),
            _ => None,
        };
        literal.is_some_and(|ip| self.0.iter().any(|network| network.holds(ip)))
    }

    /// Whether an address may be fetched. An IPv4 address dressed as IPv6 is judged as what it is.
    pub fn permits(&self, address: IpAddr) -> bool {
        let plain = address.to_canonical();
        is_public(address) || self.0.iter().any(|network| network.holds(plain))
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

    #[test]
    fn an_operator_may_allow_a_network() {
        let list = ["10.1.0.0/16", "fd00:1::/32", "172.16.5.0/30", "0.0.0.0/0"].map(str::to_owned);
        let allow = AllowList::parse(&list[..3]).expect("a list");
        let permits = |text: &str| allow.permits(text.parse().expect("an address"));
        for inside in ["10.1.0.0", "10.1.255.255", "fd00:1::7", "172.16.5.3", "::ffff:10.1.2.3"] {
            assert!(permits(inside), "{inside}");
        }
        for outside in ["10.2.0.0", "10.0.255.255", "fd00:2::7", "172.16.5.4", "127.0.0.1", "::1", "::ffff:10.2.0.1"] {
            assert!(!permits(outside), "{outside}");
        }
        let all = AllowList::parse(&list[3..]).expect("a list");
        assert!(all.permits("192.168.1.1".parse().expect("an address")));
        assert!(!all.permits("::1".parse().expect("an address")), "one family says nothing of the other");
        for wrong in ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "fd00::/129", "10.0.0/8"] {
            assert_eq!(AllowList::parse(&[wrong.to_owned()]).err().as_deref(), Some(wrong));
        }
    }
}
