//! Every template of a theme is rendered from the samples that its `theme.toml` names, in every language it has.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::templates::Templates;

#[derive(Deserialize)]
struct Theme {
    skins: Vec<String>,
    texts: Vec<String>,
    assets: Vec<String>,
    common: Common,
    templates: BTreeMap<String, Template>,
}

#[derive(Deserialize)]
struct Common {
    required: Vec<String>,
}

#[derive(Deserialize)]
struct Template {
    file: String,
    #[serde(default)]
    required: Vec<String>,
    sample: Vec<String>,
}

fn base() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../themes/base")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn theme() -> Theme {
    toml::from_str(&read(&base().join("theme.toml"))).expect("theme.toml")
}

/// `a.b` within a view.
fn held<'a>(view: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(view, |at, name| at.get(name))
}

#[test]
fn every_template_renders_its_samples_in_every_language() {
    let (theme, templates) = (theme(), Templates::load(None).expect("themes"));
    for (name, template) in &theme.templates {
        assert!(!template.sample.is_empty(), "{name} has no sample");
        for sample in &template.sample {
            let mut view: Value =
                serde_json::from_str(&read(&base().join("samples").join(sample))).expect("a sample is JSON");
            for locale in &theme.texts {
                view["t"] = serde_json::to_value(templates.texts("base", locale).expect("texts")).expect("json");
                view["lang"] = locale.as_str().into();
                for path in theme.common.required.iter().chain(&template.required) {
                    assert!(held(&view, path).is_some(), "{sample} does not hold {path}");
                }
                let shown = templates.render("base", &template.file, &view).expect(sample);
                assert!(shown.contains(&format!("lang=\"{locale}\"")), "{sample} in {locale}");
                assert!(shown.contains(view["site"]["name"].as_str().expect("a name")), "{sample} in {locale}");
            }
        }
    }
}

#[test]
fn a_theme_holds_what_it_names() {
    let theme = theme();
    for skin in &theme.skins {
        assert!(base().join(format!("skins/{skin}.css")).exists(), "skin {skin}");
    }
    for asset in &theme.assets {
        assert!(base().join("assets").join(asset).exists(), "asset {asset}");
    }
    assert!(!theme.texts.is_empty());
}

/// A word that one language has, every language has.
#[test]
fn the_catalogues_hold_the_same_keys() {
    let templates = Templates::load(None).expect("themes");
    for theme in ["base", "console"] {
        let keys = |locale: &&str| templates.texts(theme, locale).expect("texts").keys().cloned().collect::<Vec<_>>();
        let locales = templates.locales(theme);
        assert!(locales.len() > 1, "{theme}");
        let all: Vec<_> = locales.iter().map(keys).collect();
        for (locale, words) in locales.iter().zip(&all) {
            let missing: Vec<_> = all[0].iter().filter(|key| !words.contains(key)).collect();
            let more: Vec<_> = words.iter().filter(|key| !all[0].contains(key)).collect();
            assert!(missing.is_empty() && more.is_empty(), "{theme}/{locale}: missing {missing:?}, more {more:?}");
        }
    }
}
