//! The queue forgets nothing that was asked for, and a job belongs to one claim at a time.

use base::Timestamp;
use base::queue::{Claimed, Outcome};
use base::store::Engine;

use crate::kit::{House, on_both};

const LEASE: i64 = 60;

async fn ask(house: &House, run_at: Timestamp) {
    let tx = house.app.store.tenant(house.site("www").tenant).await.expect("a transaction");
    tx.enqueue("test", "test:1", "{}", run_at, house.now()).await.expect("enqueued");
    tx.commit().await.expect("committed");
}

async fn claim(house: &House, worker: &str) -> Vec<Claimed> {
    house.app.store.claim_jobs(worker, 8, LEASE, house.now()).await.expect("claimed")
}

async fn claim_one(house: &House, worker: &str) -> Claimed {
    let mut jobs = claim(house, worker).await;
    assert_eq!(jobs.len(), 1);
    jobs.remove(0)
}

async fn end(house: &House, job: &Claimed, outcome: Outcome) {
    house.app.store.end_job(job, outcome, house.now()).await.expect("ended");
}

async fn waiting(house: &House) -> i64 {
    house.app.store.job_counts(house.now()).await.expect("counted").waiting
}

on_both!(
    /// Asked for while it runs, a job runs once more: what was asked may have come too late for the run under way.
    a_job_asked_for_while_it_runs_runs_again, house => {
        ask(house, house.now()).await;
        let first = claim_one(house, "a").await;
        ask(house, house.now().plus_hours(5)).await;
        assert!(claim(house, "b").await.is_empty(), "one at a time");
        end(house, &first, Outcome::Done).await;
        let second = claim_one(house, "b").await;
        assert_eq!(second.attempts, 1);
        end(house, &second, Outcome::Done).await;
        assert_eq!(waiting(house).await, 0);
    }
);

on_both!(
    /// A reconciler that is asked while it looks does not wait for its next hour.
    a_reconciler_asked_while_it_runs_looks_again_at_once, house => {
        ask(house, house.now()).await;
        let look = claim_one(house, "a").await;
        ask(house, house.now()).await;
        end(house, &look, Outcome::Again(house.now().plus_hours(1))).await;
        let look = claim_one(house, "a").await;
        end(house, &look, Outcome::Again(house.now().plus_hours(1))).await;
        assert!(claim(house, "a").await.is_empty());
        ask(house, house.now()).await;
        let look = claim_one(house, "a").await;
        end(house, &look, Outcome::Done).await;
    }
);

on_both!(
    /// A dead job does not keep its key: asked for again, it is as new.
    a_dead_job_lives_again_when_it_is_asked_for, house => {
        ask(house, house.now()).await;
        for _ in 0..10 {
            let job = claim_one(house, "a").await;
            end(house, &job, Outcome::Failed("because".to_owned())).await;
            house.later(2);
        }
        assert!(claim(house, "a").await.is_empty());
        let dead = house.app.store.dead_jobs(5).await.expect("listed");
        assert_eq!((dead[0].key.as_str(), dead[0].last_error.as_str()), ("test:1", "because"));
        ask(house, house.now()).await;
        let job = claim_one(house, "a").await;
        assert_eq!(job.attempts, 1);
        end(house, &job, Outcome::Done).await;
    }
);

on_both!(
    /// An operator gives a dead job all its attempts again; another key, and a job that is alive, are not touched.
    a_dead_job_is_tried_again_when_an_operator_says_so, house => {
        let store = &house.app.store;
        ask(house, house.now()).await;
        assert_eq!(store.retry_jobs(Some("test:1"), house.now()).await.expect("asked"), 0, "it is alive");
        for _ in 0..10 {
            let job = claim_one(house, "a").await;
            end(house, &job, Outcome::Failed("because".to_owned())).await;
            house.later(2);
        }
        assert_eq!(store.retry_jobs(Some("test:2"), house.now()).await.expect("asked"), 0);
        assert!(claim(house, "a").await.is_empty());
        assert_eq!(store.retry_jobs(None, house.now()).await.expect("asked"), 1);
        let job = claim_one(house, "a").await;
        assert_eq!(job.attempts, 1);
        end(house, &job, Outcome::Done).await;
    }
);

on_both!(
    /// A lease is one claim: the same worker that lost it and claimed the job anew does not end it twice.
    a_lost_lease_ends_nothing, house => {
        ask(house, house.now()).await;
        let slow = claim_one(house, "a").await;
        house.later(1);
        let anew = claim_one(house, "a").await;
        end(house, &slow, Outcome::Done).await;
        assert_eq!(waiting(house).await, 1);
        let store = &house.app.store;
        assert!(!store.renew_lease(&slow, LEASE, house.now()).await.expect("asked"));
        assert!(store.renew_lease(&anew, 2 * 3600, house.now()).await.expect("asked"));
        house.later(1);
        assert!(claim(house, "b").await.is_empty(), "a renewed lease holds");
        end(house, &anew, Outcome::Done).await;
        assert_eq!(waiting(house).await, 0);
    }
);

on_both!(
    /// A job that takes ten workers down with it, one after the other, is set aside without anybody left to say so.
    a_job_that_nobody_survives_is_set_aside, house => {
        ask(house, house.now()).await;
        for _ in 0..10 {
            claim_one(house, "a").await;
            house.later(1);
        }
        assert!(claim(house, "a").await.is_empty());
        assert_eq!(house.app.store.job_counts(house.now()).await.expect("counted").dead, 1);
        ask(house, house.now()).await;
        let job = claim_one(house, "a").await;
        end(house, &job, Outcome::Done).await;
    }
);
