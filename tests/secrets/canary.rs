//! The canaries, what others make of them, and the search for any of it.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// A secret that is looked for everywhere.
#[derive(Clone, Copy)]
pub struct Canary {
    /// What it is called in the project.
    pub name: &'static str,
    /// Its value.
    pub value: &'static str,
}

/// The service's secret, in the environment.
pub const SERVICE: Canary = Canary { name: "service", value: "sk/Qv7zK2pa+live~canary=9Wx4TbEe" };
/// A secret of the workflow, from the environment.
pub const CRM: Canary = Canary { name: "crm", value: "crm Xw3pL8uu&canary+/env=Jd6Rn1Yy" };
/// A secret of the workflow, from a file.
pub const PAGER: Canary = Canary { name: "pager", value: "pgr-Hy5mC4oo%2Fcanary\"file\\Zt8Vq2Ii" };
/// A value of `.env`.
pub const DOT_ENV: Canary = Canary { name: "DOT", value: "dot_Nb1sF9aa?canary&url=Gk4Mx7Oo" };

/// All of them.
pub const ALL: [Canary; 4] = [SERVICE, CRM, PAGER, DOT_ENV];

impl Canary {
    /// What a server may send back.
    pub fn forms(&self) -> Vec<String> {
        let text = self.value;
        let lines = |text: &str| -> String {
            STANDARD
                .encode(text)
                .as_bytes()
                .chunks(76)
                .map(|line| format!("{}\r\n", String::from_utf8_lossy(line)))
                .collect()
        };
        let percent = |is_kept: fn(&u8) -> bool| -> String {
            text.bytes().map(|b| if is_kept(&b) { (b as char).to_string() } else { format!("%{b:02X}") }).collect()
        };
        let word = percent(u8::is_ascii_alphanumeric);
        vec![
            text.to_owned(),
            text.to_uppercase(),
            STANDARD.encode(text),
            STANDARD.encode(text).trim_end_matches('=').to_owned(),
            URL_SAFE.encode(text),
            STANDARD.encode(format!("u:{text}")),
            STANDARD.encode(format!("{{\"key\":\"{text}\"}}")),
            lines(&format!("{}{text}{}", "before ".repeat(9), " after".repeat(9))),
            word.clone(),
            word.to_lowercase().replace("%2f", "%2F"),
            percent(|_| false),
            word.replace("%20", "+"),
            word.replace('%', "%25"),
            text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect(),
            serde_json::Value::from(text).to_string().replace('/', "\\/"),
            text.chars().map(|c| format!("&#{};", c as u32)).collect(),
            text.replace('&', "&amp;").replace('"', "&quot;"),
            text.bytes().map(|b| format!("{b:02x}")).collect(),
        ]
    }

    /// What may not be found: the forms, and either end of the secret and of its plainest encodings.
    fn traces(&self) -> Vec<Vec<u8>> {
        let mut traces: Vec<String> = self.forms().iter().map(|form| form.trim().to_owned()).collect();
        let ends = [self.value.to_owned(), self.value.bytes().map(|b| format!("{b:02x}")).collect()];
        for end in ends {
            traces.push(end.chars().take(8).collect());
            traces.push(end.chars().skip(end.chars().count() - 8).collect());
        }
        for before in ["", "u", "uu"] {
            let encoded = STANDARD.encode(format!("{before}{}", self.value));
            traces.push(encoded[4..16].to_owned());
        }
        traces.iter().map(|trace| trace.to_ascii_lowercase().into_bytes()).collect()
    }

    /// What of it stands in these bytes.
    pub fn seen_in(&self, bytes: &[u8]) -> Option<String> {
        let bytes = bytes.to_ascii_lowercase();
        let is_there = |trace: &Vec<u8>| memchr_like(&bytes, trace);
        self.traces().into_iter().find(is_there).map(|trace| String::from_utf8_lossy(&trace).into_owned())
    }
}

/// Looks for bytes within bytes, skipping to where the first of them stands.
fn memchr_like(bytes: &[u8], wanted: &[u8]) -> bool {
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == wanted[0]) {
        if bytes[from + at..].starts_with(wanted) {
            return true;
        }
        from += at + 1;
    }
    false
}

/// Every canary that is found in bytes from somewhere.
pub fn found(place: &str, bytes: &[u8]) -> Vec<String> {
    let seen = ALL.iter().filter_map(|canary| Some((canary.name, canary.seen_in(bytes)?)));
    seen.map(|(name, trace)| format!("{place}: `{trace}` of {name}")).collect()
}

/// Every file below a folder, but for those in which the secrets were put.
pub fn files(folder: &Path, sources: &[&str]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => files.extend(self::files(&path, sources)),
            kind if kind.is_file() && !sources.iter().any(|source| path.ends_with(source)) => files.push(path),
            _ => {}
        }
    }
    files
}
