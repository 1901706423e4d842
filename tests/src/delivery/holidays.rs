//! Holidays do not stop the clock.

use super::letters::{CITY, arrived, complete, mailbox, person};
use base::Timestamp;
use base::duty::Role;
use base::store::Engine;
use exchange::onboarding::Entry;
use exchange::policy::{FallbackScope, PolicySpec};
use serde_json::json;

use crate::kit::{House, Setup, entry, on_both, root};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

async fn until(house: &House, time: &str) {
    house.clock.advance(at(time).micros() - house.now().micros());
    house.run_jobs().await;
}

on_both!(
    /// An order from the evening before the National Day holidays of 2026 runs through them in natural hours: half of the time is over
    /// on the first morning, and the letter leaves; the limit is the first evening, and who reposts on the seventh is late.
    national_day_stops_no_clock, house with Setup::with_mail() => {
        let Some(mail) = mailbox("holiday") else { return };
        let calendar = std::fs::read_to_string(root().join("tenants/calendar/holidays.csv")).expect("the calendar");
        for day in 1..=7 {
            assert!(calendar.contains(&format!("2026-10-0{day},国庆节,0")), "a holiday, or this test says nothing");
        }
        person(house, "editor", Role::Editor, &mail).await;
        // Nobody places it for the city.
        let repost = PolicySpec { auto_accept: false, fallback: FallbackScope::None, limit_hours: None };
        house.apply(vec![Entry { repost: Some(repost), ..entry(CITY, "武汉市", "city", "hubei") }]).await;
        until(house, "2026-09-30 20:00").await;
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于假期值班的通知").await;
        let order = house.order(&duty, &notice.edition).await;
        let issued = house.now();
        house.run_jobs().await;
        let due_at = async || house.standing(CITY, &order).await["due_at"].as_str().expect("a time").to_owned();
        assert_eq!(due_at().await, at("2026-10-01 20:00").rfc3339());
        assert_eq!(due_at().await, issued.plus_hours(24).rfc3339());
        until(house, "2026-10-01 08:00").await;
        assert!(arrived(&mail).is_empty(), "the hour of the digest is not over");
        complete(house).await;
        let letters = arrived(&mail);
        assert_eq!(letters.len(), 1, "{letters:?}");
        assert!(letters[0]["text"].as_str().is_some_and(|text| text.contains("关于假期值班的通知")), "{letters:?}");
        let overdue = async || house.counts(&duty, &order).await["overdue"].as_i64();
        until(house, "2026-10-01 20:00").await;
        assert_eq!(overdue().await, Some(0), "the limit itself is in time");
        house.clock.advance(Timestamp::SECOND);
        assert_eq!(overdue().await, Some(1), "and a second later it is not, holiday or not");
        until(house, "2026-10-07 12:00").await;
        assert_eq!((overdue().await, due_at().await), (Some(1), at("2026-10-01 20:00").rfc3339()));
        let city = house.token(CITY, Role::TenantAdmin).await;
        let place = format!("/api/v1/obligations/{order}/place");
        house.post(&city, &place, json!({ "column": "gwyzc" })).await.expect(200);
        house.run_jobs().await;
        let stands = house.standing(CITY, &order).await;
        assert_eq!((stands["standing"].as_str(), stands["late"].as_bool()), (Some("proven"), Some(true)), "{stands}");
        assert_eq!(house.counts(&duty, &order).await["verified_late"].as_i64(), Some(1));
    }
);
