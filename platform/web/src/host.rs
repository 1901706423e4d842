//! Host names and paths as they come in: normalised or refused, before anything is looked up.

use http::{HeaderMap, Uri};

/// The host that a request is for: lower case, without port and trailing dot. None when it is missing or not a host name.
/// `X-Forwarded-Host` and the like are never looked at: the ingress keeps Host.
pub fn host_of(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let raw = match uri.authority() {
        Some(authority) => authority.as_str(),
        None => {
            // Two would be read differently by whoever stands before us.
            let mut named = headers.get_all(http::header::HOST).iter();
            let one = named.next()?.to_str().ok()?;
            if named.next().is_some() {
                return None;
            }
            one
        }
    };
    normalise(raw)
}

/// Whether a normalised host is no name that the public knows: an IP literal or `localhost`. The house itself answers there.
pub fn is_inside(name: &str) -> bool {
    name == "localhost" || name.starts_with('[') || name.parse::<std::net::Ipv4Addr>().is_ok()
}

/// See [`host_of`].
pub fn normalise(raw: &str) -> Option<String> {
    let raw = raw.trim();
    let name = if let Some(literal) = raw.strip_prefix('[') {
        let (inside, after) = literal.split_once(']')?;
        if !after.is_empty() && !after.strip_prefix(':')?.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        return inside.parse::<std::net::Ipv6Addr>().ok().map(|ip| format!("[{ip}]"));
    } else {
        match raw.split_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && port.len() <= 5 => name,
            Some(_) => return None,
            None => raw,
        }
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let fits = !name.is_empty() && name.len() <= 253;
    let known = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
    let labels = name.split('.').all(|label| !label.is_empty() && label.len() <= 63);
    (fits && known && labels).then(|| name.to_ascii_lowercase())
}

/// Whether a path may be looked up at all: no dot segments, no NUL or control characters, no invalid UTF-8 behind percent
/// signs, no backslash, at most 2 KB.
pub fn is_plain(path: &str) -> bool {
    if path.len() > 2048 || !path.starts_with('/') {
        return false;
    }
    let Some(decoded) = decode(path) else { return false };
    !decoded.chars().any(|c| c.is_control() || c == '\\') && !decoded.split('/').any(|part| part == "." || part == "..")
}

/// The path behind its percent signs; none when it is not UTF-8.
pub fn decode(path: &str) -> Option<String> {
    let bytes = path.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'%' {
            let digits = path.get(at + 1..at + 3)?;
            out.push(u8::from_str_radix(digits, 16).ok()?);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_normalised_or_refused() {
        for (raw, wanted) in [
            ("WWW.Localhost:8080", Some("www.localhost")),
            ("hubei.localhost.", Some("hubei.localhost")),
            ("[::1]:8080", Some("[::1]")),
            ("127.0.0.1:80", Some("127.0.0.1")),
            ("", None),
            ("a..b", None),
            ("a/b", None),
            ("a:b", None),
            ("a@b", None),
            ("host:123456", None),
        ] {
            assert_eq!(normalise(raw).as_deref(), wanted, "{raw}");
        }
        assert_eq!(normalise(&"a".repeat(300)), None);
    }

    #[test]
    fn one_host_header_is_one() {
        let mut headers = HeaderMap::new();
        let uri = Uri::from_static("/");
        assert_eq!(host_of(&uri, &headers), None);
        headers.append("host", http::HeaderValue::from_static("www.localhost"));
        assert_eq!(host_of(&uri, &headers).as_deref(), Some("www.localhost"));
        headers.append("host", http::HeaderValue::from_static("hubei.localhost"));
        assert_eq!(host_of(&uri, &headers), None);
    }

    #[test]
    fn the_house_itself_has_no_name() {
        assert!(["localhost", "127.0.0.1", "[::1]", "10.0.3.7"].iter().all(|name| is_inside(name)));
        assert!(["www.localhost", "bank.example", "127.0.0.1.example", "dibao"].iter().all(|name| !is_inside(name)));
    }

    #[test]
    fn crooked_paths_are_refused() {
        for path in ["/../etc/passwd", "/a/%2e%2e/b", "/a%00b", "/%ff", "/a%0d%0ab", "/a\\b", "/%zz"] {
            assert!(!is_plain(path), "{path}");
        }
        assert!(!is_plain(&format!("/{}", "a".repeat(3000))));
        assert!(is_plain("/gwyzc/202611/t20261124_0a1b2c3d4e5f.html") && is_plain("/x/%E9%99%84%E4%BB%B6.csv"));
    }
}
