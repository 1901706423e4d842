//! Commissions and quotas as people use them: by forms alone.

use base::duty::Role;
use base::store::Engine;

use super::{CITY, COUNTY};
use crate::kit::{House, on_both};

on_both!(
    /// The city writes, sees whom it reaches, sends; the county reads, accepts, writes, answers; the city returns, watches, exports.
    a_commission_by_forms, house => {
        let city = house.person("editor-w", CITY, Role::TenantAdmin, false).await;
        let county = house.person("editor-j", COUNTY, Role::TenantAdmin, false).await;
        let empty = house.room(&county, "/console/commissions").await.expect(200);
        assert!(empty.body.contains("没有上级约稿") && empty.body.contains("报送任务"));
        house.room(&county, "/console/commissions/issued").await.expect(200);
        house.room(&city, "/console/commissions/new").await.expect(200);
        let wrong = [("topic", "老旧小区改造"), ("requirements", "写做法。\n写成效。"), ("wanted", "many"), ("for_site", "yes"), ("include", COUNTY)];
        let again = house.form(&city, "/console/commissions/new", &wrong).await.expect(422);
        assert!(again.body.contains("老旧小区改造") && again.body.contains("写做法。") && again.body.contains("每站篇数: 不是数字"));
        let right = wrong.map(|(name, value)| if name == "wanted" { (name, "1") } else { (name, value) });
        let made = house.form(&city, "/console/commissions/new", &right).await.expect(303);
        let at = made.header("location").split('?').next().expect("a path").to_owned();
        let draft = house.room(&city, &at).await.expect(200);
        assert!(draft.body.contains("发出前预览") && draft.body.contains("发出约稿 (1)") && draft.body.contains("2026-03-09 23:59"));
        house.room(&county, &at).await.expect(404);
        let edit = house.room(&city, &format!("{at}/edit")).await.expect(200);
        assert!(edit.body.contains("老旧小区改造") && edit.body.contains(COUNTY));
        let late = [("topic", "老旧小区"), ("requirements", "写做法"), ("wanted", "1"), ("for_site", "yes"), ("due_at", "2026-03-01T08:00")];
        assert!(house.form(&city, &format!("{at}/edit"), &late).await.expect(422).body.contains("截止时间已过"));
        let must = [("topic", "老旧小区改造"), ("requirements", "<p>写做法。</p>"), ("wanted", "1"), ("for_site", "yes"), ("mandatory", "yes"), ("include", COUNTY), ("due_at", "2026-03-06T18:00")];
        house.form(&city, &format!("{at}/edit"), &must).await.expect(303);
        let boundary = "x-boundary";
        let part = format!("--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"样表.csv\"\r\ncontent-type: text/csv\r\n\r\na,b\r\n--{boundary}--\r\n");
        let kind = format!("multipart/form-data; boundary={boundary}");
        let headers = [("cookie", city.as_str()), ("content-type", kind.as_str()), ("sec-fetch-site", "same-origin")];
        house.send("POST", "www.localhost", &format!("{at}/attach"), &headers, part).await.expect(303);
        house.form(&city, &format!("{at}/open"), &[]).await.expect(303);
        house.form(&city, &format!("{at}/open"), &[]).await.expect(409);
        house.form(&city, &format!("{at}/edit"), &must).await.expect(409);
        let list = house.room(&county, "/console/commissions").await.expect(200);
        assert!(list.body.contains("老旧小区改造") && list.body.contains("待承接") && list.body.contains("必须完成") && list.body.contains("剩余"));
        let desk = house.room(&county, "/console/").await.expect(200);
        assert!(desk.body.contains("件待办"), "counted in the rail");
        let call = house.room(&county, &at).await.expect(200);
        assert!(call.body.contains("写做法。") && call.body.contains("样表.csv") && !call.body.contains(">谢绝<"));
        assert_eq!(house.room(&county, &format!("{at}/files/0")).await.expect(200).body.trim(), "a,b");
        house.room(&county, &format!("{at}/files/1")).await.expect(404);
        house.form(&county, &format!("{at}/accept"), &[]).await.expect(303);
        let refused = house.form(&county, &format!("{at}/decline"), &[("reason", "近期没有")]).await.expect(409);
        assert!(refused.body.contains("此约稿必须完成") && refused.body.contains("近期没有"), "what was typed comes back");
        house.form(&county, &format!("{at}/plead"), &[("reason", "")]).await.expect(422);
        house.form(&county, &format!("{at}/plead"), &[("reason", "近期没有")]).await.expect(303);
        let board = house.room(&city, &format!("{at}?group=pleas")).await.expect(200);
        assert!(board.body.contains("近期没有") && board.body.contains("不同意"));
        house.form(&city, &format!("{at}/excuse/{COUNTY}"), &[("granted", "no"), ("answer", "请克服困难")]).await.expect(303);
        assert!(house.room(&county, &at).await.expect(200).body.contains("请克服困难"));
        let begun = house.form(&county, &format!("{at}/write"), &[]).await.expect(303);
        let document = begun.header("location").split('?').next().expect("a path").to_owned();
        let editor = house.room(&county, &document).await.expect(200);
        assert!(editor.body.contains("value=\"老旧小区改造\""), "prefilled with the topic");
        let fields = [("version", "1"), ("act", "publish"), ("title", "江岸区老旧小区改造"), ("body_html", "<p>正文</p>"), ("column", "yaowen"), ("source", "江岸区")];
        house.form(&county, &document, &fields).await.expect(303);
        house.form(&county, &format!("{at}/answer"), &[("document_id", "")]).await.expect(422);
        let id = document.rsplit('/').next().expect("an id").to_owned();
        house.form(&county, &format!("{at}/answer"), &[("document_id", &id), ("note", "请审")]).await.expect(303);
        let done = house.room(&county, &at).await.expect(200);
        assert!(done.body.contains("按时完成") && done.body.contains("江岸区老旧小区改造") && !done.body.contains("报送应约稿件"));
        let board = house.room(&city, &at).await.expect(200);
        assert!(board.body.contains("1 / 1") && board.body.contains("江岸区老旧小区改造"));
        let csv = house.room(&city, &format!("{at}/export.csv")).await.expect(200);
        assert!(csv.body.lines().count() == 2 && csv.body.contains("按时完成"));
        let xlsx = house.room(&city, &format!("{at}/export.xlsx")).await.expect(200);
        assert!(xlsx.header("content-type").contains("spreadsheetml"));
        assert!(house.room(&city, "/console/commissions/issued").await.expect(200).body.contains("老旧小区改造"));
        house.form(&city, &format!("{at}/cancel"), &[("reason", "")]).await.expect(422);
        house.form(&city, &format!("{at}/close"), &[]).await.expect(303);
        assert!(house.room(&county, "/console/commissions?show=all").await.expect(200).body.contains("按时完成"));
        let stranger = house.person("stranger", "guangzhou-guangdong", Role::TenantAdmin, false).await;
        house.room(&stranger, &at).await.expect(404);
        house.room(&stranger, &format!("{at}/files/0")).await.expect(404);
        house.form(&stranger, &format!("{at}/accept"), &[]).await.expect(404);
    }
);

on_both!(
    /// The city sets a quota by a form, revises it, and watches; the county sees its own.
    a_quota_by_forms, house => {
        let city = house.person("editor-w", CITY, Role::TenantAdmin, false).await;
        let county = house.person("editor-j", COUNTY, Role::Editor, false).await;
        house.room(&city, "/console/quotas/new").await.expect(200);
        let fields = [("name", "每月信息"), ("period", "month"), ("length", "any"), ("counting", "sent"), ("minimum", "2"), ("quota_source", "武政办〔2026〕1号"), ("effective_from", ""), ("levels", "county")];
        let wrong = fields.map(|(name, value)| if name == "quota_source" { (name, "") } else { (name, value) });
        assert!(house.form(&city, "/console/quotas/new", &wrong).await.expect(422).body.contains("每月信息"));
        let made = house.form(&city, "/console/quotas/new", &fields).await.expect(303);
        let at = made.header("location").split('?').next().expect("a path").to_owned();
        house.run_jobs().await;
        let page = house.room(&city, &at).await.expect(200);
        assert!(page.body.contains("江岸区") && page.body.contains("0 / 2") && page.body.contains("武政办〔2026〕1号"));
        let own = house.room(&county, "/console/quotas").await.expect(200);
        assert!(own.body.contains("每月信息") && own.body.contains("武汉市") && own.body.contains("0 / 2") && !own.body.contains("下达报送任务"));
        let early = [("name", "每月信息"), ("length", "any"), ("counting", "sent"), ("minimum", "5"), ("quota_source", "新规定"), ("effective_from", "2026-03-02"), ("levels", "county")];
        let again = house.form(&city, &at, &early).await.expect(422);
        assert!(again.body.contains("执行起始日过早") && again.body.contains("新规定"));
        let next = early.map(|(name, value)| if name == "effective_from" { (name, "2026-04-01") } else { (name, value) });
        house.form(&city, &at, &next).await.expect(303);
        assert!(house.room(&city, &at).await.expect(200).body.contains("新规定"));
        house.clock.advance(base::Timestamp::parse("2026-04-10").expect("a time").micros() - house.now().micros());
        house.run_jobs().await;
        let city = house.person("editor-v", CITY, Role::TenantAdmin, false).await;
        let past = house.room(&city, &format!("{at}?begins=2026-03-01")).await.expect(200);
        assert!(past.body.contains("未完成"));
        assert!(house.room(&city, &at).await.expect(200).body.contains("0 / 5"));
        assert!(house.room(&city, "/console/quotas").await.expect(200).body.contains("0 / 2"));
        let told = house.room(&city, "/console/").await.expect(200);
        assert!(told.body.contains("有网站未完成上一周期的报送任务"));
        house.room(&county, &at).await.expect(303);
        let county = house.person("editor-k", COUNTY, Role::TenantAdmin, false).await;
        house.room(&county, &at).await.expect(404);
    }
);
