//! A stored file as an answer: in pieces as they come from the store, whole or in the part that a player asks for, and never as
//! active content.

use std::ops::Range;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use content::media::StoredFile;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::App;
use crate::problem::Problem;

/// Whether a browser may show it in its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Pictures and PDF may be looked at.
    Inline,
    /// It is always saved.
    Saved,
}

/// Answers with the file, or with what has become of it.
pub(crate) async fn answer(app: &App, file: &StoredFile, shown: Shown, method: &Method, asked: &HeaderMap) -> Response {
    let size = u64::try_from(file.size).unwrap_or(0);
    let tag = format!("\"{}\"", file.hash);
    let said = |name| asked.get(name).and_then(|value| value.to_str().ok());
    let known = said(header::IF_NONE_MATCH).is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag));
    // A part of another edition's file must not be put behind the beginning of this one.
    let same = said(header::IF_RANGE).is_none_or(|of| of == tag);
    let wanted = said(header::RANGE).filter(|_| same && *method == Method::GET).map(|range| part(range, size));
    let (status, range) = match wanted {
        _ if known => (StatusCode::NOT_MODIFIED, 0..0),
        Some(Some(None)) => (StatusCode::RANGE_NOT_SATISFIABLE, 0..0),
        Some(Some(Some(range))) => (StatusCode::PARTIAL_CONTENT, range),
        // No range, or one of a kind that is not served: the whole.
        Some(None) | None => (StatusCode::OK, 0..size),
    };
    let sent = matches!(status, StatusCode::OK | StatusCode::PARTIAL_CONTENT);
    let body = if sent { body(app, file, &range, method).await } else { Ok(Body::empty()) };
    let mut answer = match body {
        Ok(body) => Response::new(body),
        Err(problem) => return problem.into_response(),
    };
    *answer.status_mut() = status;
    describe(answer.headers_mut(), file, shown, &tag);
    let length = sent.then(|| (header::CONTENT_LENGTH, (range.end - range.start).to_string()));
    let place = match status {
        StatusCode::PARTIAL_CONTENT => Some(format!("bytes {}-{}/{size}", range.start, range.end - 1)),
        StatusCode::RANGE_NOT_SATISFIABLE => Some(format!("bytes */{size}")),
        _ => None,
    };
    for (name, value) in length.into_iter().chain(place.map(|place| (header::CONTENT_RANGE, place))) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

async fn body(app: &App, file: &StoredFile, range: &Range<u64>, method: &Method) -> Result<Body, Problem> {
    if *method == Method::HEAD {
        // Those who only look whether it is there must not be told that it is when it is not.
        return if app.files.has(&file.hash).await? { Ok(Body::empty()) } else { Err(Problem::not_found()) };
    }
    let all = range.start == 0 && i64::try_from(range.end) == Ok(file.size);
    let opened = app.files.open(&file.hash, (!all).then(|| range.clone())).await?;
    Ok(Body::from_stream(opened.pieces))
}

fn describe(out: &mut HeaderMap, file: &StoredFile, shown: Shown, tag: &str) {
    for (name, value) in &crate::render::SECURITY {
        out.insert(name.clone(), value.clone());
    }
    out.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    out.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let looked_at = file.mime.starts_with("image/") || file.mime == "application/pdf";
    let inline = shown == Shown::Inline && looked_at;
    let kind = if inline { "inline" } else { "attachment" };
    let disposition = format!("{kind}; filename*=UTF-8''{}", encoded(&file.name));
    for (name, value) in
        [(header::CONTENT_TYPE, &*file.mime), (header::CONTENT_DISPOSITION, &disposition), (header::ETAG, tag)]
    {
        if let Ok(value) = HeaderValue::from_str(value) {
            out.insert(name, value);
        }
    }
}

/// The part that a `Range` header asks for (RFC 9110, 14.1.2): none when it is not one range of bytes and the header is as if
/// it were not there; `Some(None)` when there is no such part.
#[allow(clippy::option_option, reason = "absent, impossible and there are three answers with three statuses")]
fn part(range: &str, size: u64) -> Option<Option<Range<u64>>> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (first, last) = (first.trim(), last.trim());
    let found = match (first.is_empty(), last.is_empty()) {
        (true, true) => return None,
        (true, false) => size.saturating_sub(last.parse().ok()?)..size,
        (false, true) => first.parse().ok()?..size,
        (false, false) => {
            let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
            if last < first {
                return None;
            }
            first..last.saturating_add(1).min(size)
        }
    };
    Some((found.start < found.end).then_some(found))
}

/// A name in an address or a header.
pub(crate) fn encoded(name: &str) -> String {
    url::form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn parts_are_read_as_the_standard_says() {
        assert_eq!(part("bytes=0-3", 10), Some(Some(0..4)));
        assert_eq!(part("bytes=4-", 10), Some(Some(4..10)));
        assert_eq!(part("bytes=-3", 10), Some(Some(7..10)));
        assert_eq!(part("bytes=-30", 10), Some(Some(0..10)));
        assert_eq!(part("bytes=8-99", 10), Some(Some(8..10)));
        assert_eq!(part("bytes=10-", 10), Some(None));
        assert_eq!(part("bytes=-0", 10), Some(None));
        for odd in ["bytes=3-1", "bytes=-", "bytes=a-b", "lines=0-3", "bytes=0-1,4-5"] {
            assert_eq!(part(odd, 10), None, "{odd}");
        }
    }
}
