//! Styles, pictures and scripts of themes: compressed once, addressed by what they contain, kept by browsers forever.

use std::collections::HashMap;

use super::pages::{Bytes3, PageSettings};

/// One file of a theme.
pub struct Asset {
    /// Media type.
    pub mime: String,
    /// Its bytes in every encoding.
    pub bytes: Bytes3,
}

/// All files of all themes by their address.
#[derive(Default)]
pub(super) struct Assets {
    by_address: HashMap<String, Asset>,
    prefixes: HashMap<String, String>,
}

impl Assets {
    /// Takes the files of `themes/THEME/{assets,skins,vendor}`; `skins` and `vendor` keep their folder in the address.
    pub(super) fn gather<'a>(files: impl Iterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut themes: HashMap<&str, Vec<(String, &[u8])>> = HashMap::new();
        for (path, bytes) in files {
            let Some((theme, rest)) = path.split_once('/') else { continue };
            let address = match rest.split_once('/') {
                Some(("assets", file)) => file.to_owned(),
                Some(("skins" | "vendor", _)) => rest.to_owned(),
                _ => continue,
            };
            themes.entry(theme).or_default().push((address, bytes));
        }
        let mut made = Self::default();
        for (theme, mut files) in themes {
            files.sort();
            let joined: Vec<u8> =
                files.iter().flat_map(|(name, bytes)| [name.as_bytes(), bytes]).flatten().copied().collect();
            let prefix = format!("/assets/{theme}/{}", &base::sm3_hex(&joined)[..12]);
            for (name, bytes) in files {
                let mime = mime_guess::from_path(&name).first_or_octet_stream().to_string();
                let mime = if mime.starts_with("text/") { format!("{mime}; charset=utf-8") } else { mime };
                let bytes = Bytes3::new(
                    bytes.to_vec(),
                    PageSettings { gzip_level: 9, brotli_quality: 11, ..PageSettings::default() },
                );
                made.by_address.insert(format!("{prefix}/{name}"), Asset { mime, bytes });
            }
            made.prefixes.insert(theme.to_owned(), prefix);
        }
        made
    }

    pub(super) fn find(&self, address: &str) -> Option<&Asset> {
        self.by_address.get(address)
    }

    pub(super) fn prefix(&self, theme: &str) -> &str {
        self.prefixes.get(theme).map_or("/assets/none/0", String::as_str)
    }
}
