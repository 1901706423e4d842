//! `dibao crawl` as an operator types it, beside a running house.

use base::duty::Role;
use base::store::Engine;
use base::{Clock, Timestamp};

use super::site::Site;
use super::{CITY, form, items, source, stands};
use crate::kit::{House, on_both};
use crate::process::ground::Ground;

on_both!(
    /// list says how sources stand and ends with 3 when one fails; test keeps nothing; run makes the next run due; what is
    /// not there, paused or private is refused in words.
    the_command_line, house allows ["127.0.0.0/8"] => {
        let site = Site::open().await;
        let editor = house.token(CITY, Role::Editor).await;
        let ground = Ground::beside(&house.url);
        let crawl = async |words: &[&str]| {
            let words = [&["--json", "crawl"], words, &["--tenant", CITY]].concat();
            ground.run_with(&words, &[("DIBAO_PROBE_ALLOW", "127.0.0.0/8")]).await
        };
        assert_eq!(crawl(&["list"]).await.expect(0).json(), serde_json::json!([]));
        site.put("/late.xml", site.feed());
        let id = source(house, &editor, form(&site, "feed", "/late.xml")).await;
        let listed = crawl(&["list"]).await.expect(0).json();
        assert_eq!((listed[0]["id"].as_str(), listed[0]["state"].as_str()), (Some(id.as_str()), Some("active")));
        let plain = ground.run(&["crawl", "list", "--tenant", CITY]).await.expect(0).out;
        assert!(plain.contains(&id) && plain.contains(&site.at("/late.xml")), "{plain}");

        let trial = crawl(&["test", &id]).await.expect(0).json();
        assert_eq!(trial["found"].as_u64(), Some(2), "{trial}");
        assert!(trial["tried"].as_array().is_some_and(|tried| tried.iter().any(|one| one["title"] == "要闻一")), "{trial}");
        assert!(items(house, &editor, &id, "").await.is_empty(), "a trial keeps nothing");
        // Without the operator's word the guard refuses here as everywhere.
        let refused = ground.run(&["crawl", "test", &id, "--tenant", CITY]).await;
        assert!(refused.code != 0 && refused.err.contains("127.0.0.1"), "{refused:?}");

        house.run_jobs().await;
        assert_eq!(items(house, &editor, &id, "landed").await.len(), 2);
        let asked = site.heard("/late.xml").len();
        let due = crawl(&["run", &id]).await.expect(0).json();
        assert_eq!(due["id"].as_str(), Some(id.as_str()));
        // The command reads the real clock, and this house stands still somewhere else.
        let at = Timestamp(due["next_run_at"].as_str().and_then(Timestamp::parse).map_or(0, Timestamp::micros));
        house.clock.advance((at.micros() - house.clock.now().micros()).max(0));
        house.run_jobs().await;
        assert_eq!(site.heard("/late.xml").len(), asked + 1, "a worker did it");

        site.gone("/late.xml");
        crawl(&["run", &id]).await.expect(0);
        house.later(2);
        house.run_jobs().await;
        assert_eq!(stands(house, &editor, &id).await["failures"].as_i64(), Some(1));
        let failing = crawl(&["list"]).await.expect(3).json();
        assert_eq!(failing[0]["last_error"].as_str(), Some("status: 404"));
        assert!(crawl(&["test", &id]).await.err.contains("status: 404"));

        house.post(&editor, &format!("/api/v1/crawl-sources/{id}/pause"), serde_json::json!({})).await.expect(200);
        let paused = crawl(&["run", &id]).await;
        assert!(paused.code != 0 && paused.err.contains("paused"), "{paused:?}");
        let elsewhere = ground.run(&["crawl", "run", &id, "--tenant", "yichang-hubei"]).await;
        assert!(elsewhere.code != 0 && elsewhere.err.contains("no such source"), "another portal's source is not there: {elsewhere:?}");
        assert!(ground.run(&["crawl", "run", "7", "--tenant", CITY]).await.code == 2);
    }
);
