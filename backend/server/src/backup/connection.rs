//! Connection strings in their two forms, `postgres://…` and `host=…`.

/// The connection string without its password, and the password.
pub(super) fn without_password(url: &str) -> (String, Option<String>) {
    match url.split_once("://") {
        Some((scheme, rest)) => of_uri(scheme, rest),
        None => of_words(url),
    }
}

fn of_uri(scheme: &str, rest: &str) -> (String, Option<String>) {
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let Some((user, host)) = authority.rsplit_once('@') else { return (format!("{scheme}://{rest}"), None) };
    let Some((user, password)) = user.split_once(':') else { return (format!("{scheme}://{rest}"), None) };
    (format!("{scheme}://{user}@{host}{path}"), Some(decoded(password)))
}

/// Undoes percent-encoding.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((plain, coded)) = rest.split_once('%') {
        bytes.extend_from_slice(plain.as_bytes());
        match coded.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = coded.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(b'%');
                rest = coded;
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

fn of_words(text: &str) -> (String, Option<String>) {
    let (mut kept, mut password) = (Vec::new(), None);
    let mut rest = text.trim_start();
    while let Some((name, after)) = rest.split_once('=') {
        let (value, length) = value(after);
        match name.trim() {
            "password" => password = Some(value),
            name => kept.push(format!("{name}={}", after.get(..length).unwrap_or_default())),
        }
        rest = after.get(length..).unwrap_or_default().trim_start();
    }
    (kept.join(" "), password)
}

/// A value, which may be quoted, and how many bytes it takes.
fn value(text: &str) -> (String, usize) {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut letters = text.char_indices().skip(usize::from(quoted));
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => value.extend(letters.next().map(|(_, escaped)| escaped)),
            '\'' if quoted => return (value, at.saturating_add(1)),
            letter if !quoted && letter.is_whitespace() => return (value, at),
            letter => value.push(letter),
        }
    }
    (value, text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_leaves_the_connection_string_and_nothing_else_does() {
        let table = [
            (
                "postgres://o:p%40%3A%25w@db:5432/jicai?sslmode=require",
                "postgres://o@db:5432/jicai?sslmode=require",
                "p@:%w",
            ),
            ("postgresql://o@db/jicai", "postgresql://o@db/jicai", ""),
            ("postgres:///jicai?host=/run", "postgres:///jicai?host=/run", ""),
            ("host='/a b' user=o password='it\\'s = 1' dbname=j", "host='/a b' user=o dbname=j", "it's = 1"),
            ("host=/run password=p user=o", "host=/run user=o", "p"),
        ];
        for (url, kept, password) in table {
            let expected = Some(password.to_owned()).filter(|password| !password.is_empty());
            assert_eq!(without_password(url), (kept.to_owned(), expected), "{url}");
        }
    }
}
