use axum::{
    body::to_bytes,
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    response::Response,
};

use super::Page;

/// A folder with a page in it, as it is built.
fn built() -> (tempfile::TempDir, Page) {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir(folder.path().join("assets")).unwrap();
    put("index.html", r#"<html><base href="./" /><script src="./assets/a-1.js"></script>"#);
    put("icon.svg", "<svg/>");
    put("assets/a-1.js", "plain");
    put("assets/a-1.js.br", "br!");
    put("assets/a-1.js.gz", "gz!");
    let page = Page::new(Some(folder.path().to_owned()));
    (folder, page)
}

fn asked(headers: &[(HeaderName, &'static str)]) -> HeaderMap {
    headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
}

async fn text(response: Response) -> String {
    String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn a_browser_gets_the_page_at_any_path_with_the_way_back_to_its_root() {
    let (_folder, page) = built();
    let browser = asked(&[(header::ACCEPT, "text/html,*/*"), (header::HOST, "localhost:3000")]);
    for (path, base) in [("/", "./"), ("/library", "./"), ("/library/albums", "../"), ("/speakers/x/", "../../")] {
        let response = page.answer(&Method::GET, path, &browser).await.expect("the page");
        assert_eq!(response.headers()["cross-origin-opener-policy"], "same-origin", "{path}");
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-cache");
        assert!(text(response).await.contains(&format!(r#"<base href="{base}" />"#)), "{path}");
    }
}

#[tokio::test]
async fn what_is_missing_elsewhere_is_no_page() {
    let (_folder, page) = built();
    let browser = asked(&[(header::ACCEPT, "text/html")]);
    for path in ["/api/nothing", "/api", "/media/x", "/test-client/x.js", "/assets/old-2.js"] {
        assert!(page.answer(&Method::GET, path, &browser).await.is_none(), "{path}");
    }
    assert!(page.answer(&Method::GET, "/nothing", &asked(&[(header::ACCEPT, "*/*")])).await.is_none());
    assert!(page.answer(&Method::POST, "/", &browser).await.is_none());
    assert!(page.answer(&Method::GET, "/../secret", &HeaderMap::new()).await.is_none());
}

#[tokio::test]
async fn a_file_comes_packed_if_the_client_takes_it_so_and_is_kept() {
    let (_folder, page) = built();
    for (takes, coding, content) in
        [("gzip, br", Some("br"), "br!"), ("gzip", Some("gzip"), "gz!"), ("", None, "plain")]
    {
        let headers = asked(&[(header::ACCEPT_ENCODING, takes)]);
        let response = page.answer(&Method::GET, "/assets/a-1.js", &headers).await.expect("the file");
        assert_eq!(response.headers().get(header::CONTENT_ENCODING).map(|v| v.to_str().unwrap()), coding);
        assert_eq!(response.headers()[header::VARY], "accept-encoding");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
        assert!(response.headers()[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        assert_eq!(text(response).await, content);
    }
    assert!(page.answer(&Method::GET, "/assets/a-1.js.br", &HeaderMap::new()).await.is_none(), "no file of its own");
}

#[tokio::test]
async fn a_client_that_has_it_is_told_so() {
    let (_folder, page) = built();
    let first = page.answer(&Method::GET, "/icon.svg", &HeaderMap::new()).await.expect("the icon");
    let tag = first.headers()[header::ETAG].clone();
    let again = HeaderMap::from_iter([(header::IF_NONE_MATCH, tag)]);
    let second = page.answer(&Method::GET, "/icon.svg", &again).await.expect("the icon");
    assert_eq!((second.status().as_u16(), text(second).await.as_str()), (304, ""));
}

#[tokio::test]
async fn a_program_without_its_page_says_how_to_build_it() {
    let nothing = tempfile::tempdir().unwrap();
    let page = Page::new(Some(nothing.path().to_owned()));
    let browser = asked(&[(header::ACCEPT, "text/html")]);
    let response = page.answer(&Method::GET, "/library", &browser).await.expect("an answer");
    assert_eq!(response.status().as_u16(), 200);
    assert!(text(response).await.contains("make web"));
}
