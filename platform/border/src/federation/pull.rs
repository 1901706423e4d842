//! One look at the superior's installation: its orders become orders of the tenant that stands for it here, and are carried out
//! by the house's ordinary means; receipts and letters go up.

use base::store::{Reach, StoreError};
use base::{SubtreeTx, TenantId, TenantTx};
use content::document::{self, DocumentError, PublishDocument, WithdrawDocument, Withdrawal, WithdrawalKind};
use content::media::Files;
use content::{DocumentId, column};
use exchange::obligation::{self, Exemption, Standing};
use exchange::order::{self, Audience, ConfirmRecall, IssueOrder, Kind, NewOrder, OrderError, ProposeRecall};
use exchange::submission::relay::{self, Decided};
use exchange::submission::{Standing as Fallen, Submission};
use exchange::{RepostRules, circulation};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use super::FederationError;
use super::jobs::Means;
use super::line::Line;
use super::rows::peer_order;
use super::wire::{EditionItem, Fate, Heard, Letter, OrderItem, Receipt};

/// Letters that one look forwards.
const LETTERS: u64 = 500;

/// What runs a look: the job of the tenant that stands for the superior.
pub(super) struct Look<'a> {
    pub means: &'a Means<'a>,
    pub line: Line<'a>,
    pub job: &'a base::queue::Claimed,
}

impl Look<'_> {
    fn stand_in(&self) -> TenantId {
        self.job.tenant()
    }

    pub(super) async fn subtree(&self) -> Result<SubtreeTx, StoreError> {
        self.means.store.subtree(self.reach()).await
    }

    pub(super) fn reach(&self) -> Reach {
        self.job.reach()
    }

    /// Orders down, receipts and letters up, fates down; last what may be long, the single portals.
    pub(super) async fn whole(&self) -> Result<(), FederationError> {
        let items: Vec<OrderItem> = self.line.get("orders").await?;
        for item in items.iter().rev() {
            self.carry_out(item).await?;
        }
        let heard = self.receipts().await?;
        self.letters().await?;
        self.portals(&heard.held).await
    }

    async fn known(&self, tx: &TenantTx, item: &OrderItem) -> Result<Option<peer_order::Model>, StoreError> {
        tx.one(peer_order::Entity::find().filter(peer_order::Column::RemoteOrder.eq(item.order))).await
    }

    async fn carry_out(&self, item: &OrderItem) -> Result<(), FederationError> {
        let reading = self.means.store.reading(self.stand_in()).await?;
        let known = self.known(&reading, item).await?;
        let here = document::imported(&reading, &key(item)).await?;
        reading.commit().await?;
        if let (Some(known), Some(said)) = (&known, &item.exemption) {
            self.exempted(known, said).await?;
        }
        match (Kind::parse(&item.kind), known) {
            (Some(Kind::Recall), None) if !item.ended => self.recall(item, here).await,
            (Some(Kind::Mandatory | Kind::Recommended), None) if !item.ended => self.issue(item).await,
            (Some(Kind::Mandatory | Kind::Recommended), Some(known)) if item.ended && known.state == "open" => {
                self.end(item, &known).await
            }
            (Some(Kind::Mandatory | Kind::Recommended), Some(known))
                if !item.ended && known.remote_edition != item.edition =>
            {
                self.correct(item, &known).await
            }
            _ => Ok(()),
        }
    }

    /// The superior's word on what the portal at the head of this tree asked.
    async fn exempted(&self, known: &peer_order::Model, said: &Exemption) -> Result<(), FederationError> {
        let Some(head) = self.head() else { return Ok(()) };
        let tx = self.subtree().await?;
        let (order, now) = (known.order_id, self.line.now);
        match obligation::exemption_decided(&tx, self.line.peer, order, head, said, now).await {
            Ok(true) => tx.commit().await?,
            Ok(false) | Err(obligation::ObligationError::Missing) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Fetches what an order is about, files first, outside any transaction.
    async fn fetched(&self, item: &OrderItem) -> Result<Option<EditionItem>, FederationError> {
        let edition: EditionItem = match self.line.get(&format!("orders/{}/edition", item.order)).await {
            // Taken back between two messages: the next look says so.
            Err(FederationError::Answer { status: 404, .. }) => return Ok(None),
            other => other?,
        };
        for file in &edition.files {
            if !self.means.files.has(&file.hash).await? {
                let bytes = self.line.bytes(&format!("orders/{}/files/{}", item.order, file.hash)).await?;
                let stored = self.means.files.put(&file.name, bytes).await?;
                if stored.hash != file.hash {
                    return Err(FederationError::Unreadable(format!("the file {} is another one", file.name)));
                }
            }
        }
        Ok(Some(edition))
    }

    /// Writes the text as the stand-in's own: the first time it is live at once, with the source's own time; later it waits as a
    /// draft for [`circulation::publish`].
    async fn written(
        &self,
        tx: &TenantTx,
        item: &OrderItem,
        edition: EditionItem,
    ) -> Result<(DocumentId, bool), FederationError> {
        let columns = column::list(tx).await?;
        let wanted = columns.iter().find(|column| column.standard_code.as_deref() == Some(item.target_code.as_str()));
        let column = wanted.or(columns.first()).map(|column| column.key.clone()).unwrap_or_default();
        let mut fields = edition.fields;
        fields.column = column;
        let who = self.job.platform::<PublishDocument>();
        let first = edition.first_published_at;
        Ok(document::relay(tx, &who, &key(item), fields, edition.files, first, self.line.now).await?)
    }

    async fn issue(&self, item: &OrderItem) -> Result<(), FederationError> {
        let Some(edition) = self.fetched(item).await? else { return Ok(()) };
        let now = self.line.now;
        let tx = self.subtree().await?;
        let (document, live) = self.written(&tx, item, edition).await?;
        if !live {
            circulation::publish(&tx, &self.job.platform(), document, now).await?;
        }
        let rule = self.rules().at(now).ok_or(OrderError::NoRule)?;
        let new = NewOrder {
            edition: document::live_edition(&tx, document).await?.edition,
            kind: Kind::parse(&item.kind).unwrap_or(Kind::Recommended),
            audience: Audience::everybody(self.stand_in()),
            deadline_hours: Some(item.hours.min(rule.default_hours).max(1)),
            target_code: Some(item.target_code.clone()).filter(|code| !code.is_empty()),
            reason: item.reason.clone(),
        };
        let issued = order::issue(&tx, &self.job.platform::<IssueOrder>(), new, rule, now).await?;
        self.remember(&tx, item, issued.id, document).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn remember(
        &self,
        tx: &TenantTx,
        item: &OrderItem,
        order: exchange::OrderId,
        document: DocumentId,
    ) -> Result<(), StoreError> {
        let row = peer_order::ActiveModel {
            remote_order: Set(item.order),
            remote_document: Set(item.document),
            remote_edition: Set(item.edition),
            order_id: Set(order),
            document_id: Set(document),
            state: Set("open".to_owned()),
            ..Default::default()
        };
        tx.insert(row).await
    }

    async fn correct(&self, item: &OrderItem, known: &peer_order::Model) -> Result<(), FederationError> {
        let Some(edition) = self.fetched(item).await? else { return Ok(()) };
        let tx = self.subtree().await?;
        let (document, live) = self.written(&tx, item, edition).await?;
        if !live {
            circulation::publish(&tx, &self.job.platform(), document, self.line.now).await?;
        }
        let update = peer_order::Entity::update_many()
            .col_expr(peer_order::Column::RemoteEdition, Expr::value(item.edition))
            .filter(peer_order::Column::RemoteDocument.eq(known.remote_document));
        tx.change(update).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn end(&self, item: &OrderItem, known: &peer_order::Model) -> Result<(), FederationError> {
        let tx = self.subtree().await?;
        let said = item
            .withdrawal
            .clone()
            .unwrap_or_else(|| Withdrawal::of(WithdrawalKind::Notice, "withdrawn by the issuer"));
        let who = self.job.platform::<WithdrawDocument>();
        match circulation::withdraw(&tx, &who, known.document_id, said, self.line.now).await {
            // A recall, or another order for the same document, was here before.
            Ok(_) | Err(DocumentError::NotLive) => {}
            Err(error) => return Err(error.into()),
        }
        let update = peer_order::Entity::update_many()
            .col_expr(peer_order::Column::State, Expr::value("ended"))
            .filter(peer_order::Column::RemoteOrder.eq(item.order));
        tx.change_one(update).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn recall(&self, item: &OrderItem, here: Option<DocumentId>) -> Result<(), FederationError> {
        let (Some(document), Some(withdrawal)) = (here, item.withdrawal.clone()) else { return Ok(()) };
        let now = self.line.now;
        let rule = self.rules().at(now).ok_or(OrderError::NoRule)?;
        let tx = self.subtree().await?;
        let who = (&self.job.platform::<ProposeRecall>(), &self.job.platform::<ConfirmRecall>());
        let persons = (item.issued_by.as_str(), item.confirmed_by.as_str());
        match order::relay_recall(&tx, who, document, withdrawal, persons, rule, now).await {
            Ok(recall) => self.remember(&tx, item, recall.id, document).await?,
            // Nothing of it is before the public any more.
            Err(OrderError::NotPublished) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        tx.commit().await?;
        Ok(())
    }

    fn rules(&self) -> &RepostRules {
        self.means.repost
    }

    /// The portal at the head of this installation's own tree: the one that the superior knows.
    fn head(&self) -> Option<TenantId> {
        let sites = self.means.store.sites().all();
        sites.iter().find(|site| site.parent == Some(self.stand_in())).map(|site| site.tenant)
    }

    async fn receipts(&self) -> Result<Heard, FederationError> {
        let Some(head) = self.head() else { return Ok(Heard::default()) };
        let mut receipts = Vec::new();
        let tx = self.means.store.overlook(self.reach()).await?;
        for known in tx.all(peer_order::Entity::find()).await? {
            let counts = order::counts(&tx, known.order_id, self.line.now).await?;
            let own = match obligation::sent_to(&tx, known.order_id, head).await {
                Ok(own) => own,
                Err(obligation::ObligationError::Missing) => continue,
                Err(error) => return Err(error.into()),
            };
            let recall = order::find(&tx, known.order_id).await?.kind == Kind::Recall;
            // A recall is proven when nobody below shows a copy any more.
            let open = counts.live_unverified + counts.waiting + counts.overdue + counts.failed;
            let standing = if recall && open > 0 { Standing::Published } else { own.standing };
            receipts.push(Receipt {
                order: known.remote_order,
                edition: known.remote_edition,
                standing: standing.as_str().to_owned(),
                published_at: own.published_at,
                proven_at: own.proven_at,
                url: self.address_of(head),
                failure: own.failure,
                exemption: own.exemption.filter(|asked| asked.granted.is_none()),
                counts: serde_json::to_value(counts).unwrap_or_default(),
            });
        }
        tx.commit().await?;
        self.line.post("receipts", &receipts).await
    }

    fn address_of(&self, head: TenantId) -> String {
        let site = self.means.store.sites().by_id(head);
        site.map(|site| self.means.addresses.absolute(site.main_host(), "/")).unwrap_or_default()
    }

    async fn letters(&self) -> Result<(), FederationError> {
        let tx = self.means.store.reading(self.stand_in()).await?;
        let letters = relay::to_forward(&tx, LETTERS).await?;
        tx.commit().await?;
        for one in letters.iter().rev() {
            // What is over here is over there; a recall and news of the original still go up.
            let over = !one.standing.is_open() && one.standing != Fallen::Recalled && one.news.is_none();
            if over {
                continue;
            }
            match self.forward(one).await {
                // Taken back before it ever left.
                Ok(()) | Err(FederationError::Answer { status: 404 | 409 | 422, .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let fates: Vec<Fate> = self.line.get("submissions").await?;
        for fate in fates {
            self.fall(fate).await?;
        }
        Ok(())
    }

    async fn forward(&self, one: &Submission) -> Result<(), FederationError> {
        let letter = letter(one);
        match self.line.post::<Fate>("submissions", &letter).await {
            Ok(_) => return Ok(()),
            Err(FederationError::Files(missing)) => hand_over(&self.line, self.means.files, one, &missing).await?,
            Err(error) => return Err(error),
        }
        self.line.post::<Fate>("submissions", &letter).await.map(|_| ())
    }

    async fn fall(&self, fate: Fate) -> Result<(), FederationError> {
        let Some(standing) = Fallen::parse(&fate.standing) else { return Ok(()) };
        let fate = Decided {
            id: fate.submission,
            standing,
            holder: fate.holder,
            reason: fate.reason,
            decided_by: fate.decided_by,
            address: fate.address,
        };
        let tx = self.means.store.tenant(self.stand_in()).await?;
        match relay::decided(&tx, self.line.peer, &fate, self.line.now).await {
            Ok(true) => tx.commit().await?,
            Ok(false) | Err(exchange::submission::SubmissionError::Missing) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

async fn hand_over(
    line: &Line<'_>,
    files: &Files,
    one: &Submission,
    missing: &[String],
) -> Result<(), FederationError> {
    for file in one.files.iter().filter(|file| missing.contains(&file.hash)) {
        let name: String = url::form_urlencoded::byte_serialize(file.name.as_bytes()).collect();
        line.put(&format!("files?name={name}"), files.get(&file.hash).await?).await?;
    }
    Ok(())
}

fn letter(one: &Submission) -> Letter {
    Letter {
        submission: one.id,
        thread: one.thread,
        document: one.document,
        edition: one.edition,
        for_site: one.uses.site,
        for_brief: one.uses.brief,
        fields: one.fields.clone(),
        files: one.files.clone(),
        content_hash: one.content_hash.clone(),
        provenance: one.provenance.clone(),
        note: one.note.clone(),
        submitted_at: one.submitted_at,
        submitted_by: one.submitted_by.clone(),
        recalled: one.standing == Fallen::Recalled,
        news: one.news.clone(),
    }
}

/// Under which a document of the superior's is known here.
fn key(item: &OrderItem) -> String {
    format!("peer:{}", item.document)
}
