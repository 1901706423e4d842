//! Fonts of a printed page: measured, and embedded with the glyphs that are used and no others.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish, Name, Pdf, Rect, Ref, Str};
use subsetter::GlyphRemapper;
use ttf_parser::{Face, Tag};

/// Why nothing can be printed with a font.
#[derive(Debug, thiserror::Error)]
pub enum FontError {
    /// The file cannot be read.
    #[error("cannot read {}: {why}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// It is no font, or has no Chinese characters.
    #[error("{} is no font with Chinese characters", path.display())]
    Unusable {
        /// Which file.
        path: PathBuf,
    },
    /// It cannot be cut down to the glyphs that are used.
    #[error("the font cannot be embedded: {0}")]
    Subset(String),
}

/// A font file and which font of a collection is meant.
pub struct File {
    data: Vec<u8>,
    index: u32,
}

/// The font itself and its bold sister beside it; the font twice where there is none.
pub fn files(path: &Path) -> Result<(File, File), FontError> {
    let plain = file(path)?;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let sister = path.with_file_name(name.replace("Regular", "Bold"));
    let bold = if name.contains("Regular") && sister.exists() { file(&sister)? } else { file(path)? };
    Ok((plain, bold))
}

fn file(path: &Path) -> Result<File, FontError> {
    let data = std::fs::read(path).map_err(|why| FontError::Unreadable { path: path.to_owned(), why })?;
    let unusable = || FontError::Unusable { path: path.to_owned() };
    let fonts = ttf_parser::fonts_in_collection(&data).unwrap_or(1);
    let simplified = |index: &u32| Face::parse(&data, *index).is_ok_and(|face| named(&face).contains(" SC"));
    // A collection has one font per region; mainland forms are meant.
    let index = (0..fonts).find(simplified).unwrap_or(0);
    let face = Face::parse(&data, index).map_err(|_| unusable())?;
    if face.glyph_index('报').is_none() {
        return Err(unusable());
    }
    Ok(File { data, index })
}

fn named(face: &Face<'_>) -> String {
    let full = |name: &ttf_parser::name::Name<'_>| {
        (name.name_id == ttf_parser::name_id::FULL_NAME && name.is_unicode()).then(|| name.to_string()).flatten()
    };
    face.names().into_iter().find_map(|name| full(&name)).unwrap_or_default()
}

/// A font at work: it remembers which glyphs it drew.
pub struct Pen<'a> {
    file: &'a File,
    face: Face<'a>,
    used: GlyphRemapper,
    drawn: BTreeMap<u16, (char, f32)>,
}

impl<'a> Pen<'a> {
    pub fn of(file: &'a File) -> Result<Self, FontError> {
        let face = Face::parse(&file.data, file.index).map_err(|error| FontError::Subset(error.to_string()))?;
        Ok(Self { file, face, used: GlyphRemapper::new(), drawn: BTreeMap::new() })
    }

    fn advance(&self, letter: char) -> f32 {
        let glyph = self.face.glyph_index(letter).unwrap_or_default();
        f32::from(self.face.glyph_hor_advance(glyph).unwrap_or(self.face.units_per_em()))
            / f32::from(self.face.units_per_em())
    }

    /// How wide a text is at a size, in points.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|letter| self.advance(letter)).sum::<f32>() * size
    }

    /// A text as the document shows it.
    pub fn encode(&mut self, text: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(text.len());
        for letter in text.chars() {
            let glyph = self.face.glyph_index(letter).unwrap_or_default();
            let known = self.used.remap(glyph.0);
            let width = self.advance(letter) * 1000.0;
            self.drawn.insert(known, (letter, width));
            bytes.extend(known.to_be_bytes());
        }
        bytes
    }

    /// Puts the font into the document under five numbers from `first` on.
    pub fn embed(self, pdf: &mut Pdf, first: i32) -> Result<(), FontError> {
        let [font, cid, descriptor, data, cmap] = [0, 1, 2, 3, 4].map(|step| Ref::new(first + step));
        let subset = subsetter::subset(&self.file.data, self.file.index, &self.used)
            .map_err(|error| FontError::Subset(error.to_string()))?;
        let raw = ttf_parser::RawFace::parse(&subset, 0).map_err(|error| FontError::Subset(error.to_string()))?;
        let outlines = raw.table(Tag::from_bytes(b"CFF "));
        let name = format!("DIBAOA+{}", named(&self.face).replace(' ', ""));
        let info = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };
        pdf.type0_font(font)
            .base_font(Name(name.as_bytes()))
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid)
            .to_unicode(cmap);
        let mut written = pdf.cid_font(cid);
        let kind = if outlines.is_some() { CidFontType::Type0 } else { CidFontType::Type2 };
        written.subtype(kind).base_font(Name(name.as_bytes())).system_info(info).font_descriptor(descriptor);
        written.default_width(1000.0);
        if outlines.is_none() {
            written.cid_to_gid_map_predefined(Name(b"Identity"));
        }
        let mut widths = written.widths();
        for (glyph, (_, width)) in &self.drawn {
            widths.consecutive(*glyph, [*width]);
        }
        widths.finish();
        written.finish();
        self.describe(pdf, descriptor, &name, data, outlines.is_some());
        let packed = pack(outlines.unwrap_or(&subset));
        let mut stream = pdf.stream(data, &packed);
        stream.filter(Filter::FlateDecode);
        if outlines.is_some() {
            stream.pair(Name(b"Subtype"), Name(b"CIDFontType0C"));
        }
        stream.finish();
        let mut unicode = UnicodeCmap::<u16>::new(Name(b"Dibao"), info);
        for (glyph, (letter, _)) in &self.drawn {
            unicode.pair(*glyph, *letter);
        }
        pdf.cmap(cmap, &unicode.finish());
        Ok(())
    }

    fn describe(&self, pdf: &mut Pdf, at: Ref, name: &str, data: Ref, outlines: bool) {
        let scale = 1000.0 / f32::from(self.face.units_per_em());
        let bbox = self.face.global_bounding_box();
        let edge = |value: i16| f32::from(value) * scale;
        let mut written = pdf.font_descriptor(at);
        written
            .name(Name(name.as_bytes()))
            .flags(FontFlags::SYMBOLIC)
            .bbox(Rect::new(edge(bbox.x_min), edge(bbox.y_min), edge(bbox.x_max), edge(bbox.y_max)))
            .italic_angle(0.0)
            .ascent(edge(self.face.ascender()))
            .descent(edge(self.face.descender()))
            .cap_height(edge(self.face.capital_height().unwrap_or(self.face.ascender())))
            .stem_v(80.0);
        if outlines {
            written.font_file3(data);
        } else {
            written.font_file2(data);
        }
    }
}

/// Packed as streams of the document are.
pub fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    // Writing to memory does not fail.
    let _ = out.write_all(bytes);
    out.finish().unwrap_or_default()
}
