//! Mail: the way out to a mail server. One letter at a time; who gets what and when is the caller's to know.

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::Timestamp;

/// One letter.
#[derive(Clone, Debug)]
pub struct Mail {
    /// To whom, `name@host` or `Name <name@host>`.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// The same as HTML; empty for a letter of text alone.
    pub html: String,
    /// A key that makes the same letter the same letter when it is sent again: it becomes the Message-ID.
    pub key: String,
    /// Asks the reader's program to show it first.
    pub urgent: bool,
}

/// RFC 2156 `Importance`: what mail programs show as urgent.
#[derive(Clone, Debug)]
struct Importance;

impl Header for Importance {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Importance")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "high".to_owned())
    }
}

/// RFC 3834: nobody's absence note answers a letter that a program wrote.
#[derive(Clone, Debug)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Whether a text is an address that a letter can go to: `name@host`, nothing around it.
pub fn is_address(text: &str) -> bool {
    text.len() <= 254 && text.parse::<lettre::Address>().is_ok()
}

/// Why a letter did not leave.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// No mail server is configured.
    #[error("no mail server is configured")]
    None,
    /// The address of the server or of a person is none.
    #[error("{0} is not an address")]
    Address(String),
    /// The server refused for good: sending again does not help.
    #[error("the mail server refused: {0}")]
    Refused(String),
    /// The server is away or busy.
    #[error("the mail server did not take it: {0}")]
    Away(String),
}

/// The way to one mail server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Mailer {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    /// A mailer from an address like `smtp://user:password@host:port?tls=required` (or `smtps://`), and the sender.
    ///
    /// # Errors
    /// [`MailError::None`] without an address, [`MailError::Address`] when one cannot be read.
    pub fn new(url: &str, from: &str) -> Result<Self, MailError> {
        if url.is_empty() {
            return Err(MailError::None);
        }
        let from = from.parse().map_err(|_| MailError::Address(from.to_owned()))?;
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url);
        // The address may hold a password: it is not repeated.
        let server = server.map_err(|_| MailError::Address("the configured mail server".to_owned()))?;
        Ok(Self { server: server.build(), from })
    }

    /// Hands a letter to the server.
    ///
    /// # Errors
    /// [`MailError::Refused`] for good, [`MailError::Away`] when it may be tried again.
    pub async fn send(&self, mail: &Mail, now: Timestamp) -> Result<(), MailError> {
        let to: Mailbox = mail.to.parse().map_err(|_| MailError::Address(mail.to.clone()))?;
        let letter = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(mail.subject.replace(['\r', '\n'], " "))
            .date(std::time::UNIX_EPOCH + std::time::Duration::from_micros(now.micros().unsigned_abs()))
            .message_id(Some(format!("<{}@{}>", mail.key, self.from.email.domain())))
            .header(AutoSubmitted);
        let letter = if mail.urgent { letter.header(Importance) } else { letter };
        let text = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(mail.text.clone());
        let letter = if mail.html.is_empty() {
            letter.singlepart(text)
        } else {
            let html = SinglePart::builder().header(ContentType::TEXT_HTML).body(mail.html.clone());
            letter.multipart(MultiPart::alternative().singlepart(text).singlepart(html))
        };
        let letter = letter.map_err(|error| MailError::Refused(error.to_string()))?;
        match self.server.send(letter).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(MailError::Refused(words(&error))),
            Err(error) => Err(MailError::Away(words(&error))),
        }
    }
}

/// What the server said, with everything behind it.
fn words(error: &(dyn std::error::Error + 'static)) -> String {
    let (mut said, mut next) = (Vec::new(), Some(error));
    while let Some(error) = next {
        said.push(error.to_string());
        next = error.source();
    }
    said.join(": ")
}
