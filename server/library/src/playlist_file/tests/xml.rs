use super::*;

fn xspf(tracks: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<playlist version=\"1\" xmlns=\"http://xspf.org/ns/0/\">\n<title>T</title>\n\
         <trackList>\n{tracks}\n</trackList></playlist>"
    )
}

#[test]
fn xspf_names_files_and_what_is_known_of_them() {
    let text = xspf(
        "<track><location>file:///m/a%20b.mp3</location><title>A &amp; B</title><creator><![CDATA[<X>]]></creator>\
         <album>Al&#x62;um</album><duration>123456</duration><extension application=\"v\"><title>no</title></extension>\
         </track>\n<track>\n<location>../c%23.mp3</location><location>C:\\M\\c.mp3</location></track>\
         <track><title>Only</title><creator>Known</creator></track><track/><track><location> </location></track>",
    );
    let list = read(text.as_bytes()).unwrap();
    assert_eq!(list.name.as_deref(), Some("T"));
    let [first, second, third] = &list.named[..] else { panic!("{list:?}") };
    assert_eq!((first.line, second.line), (5, 6));
    assert_eq!((first.title.as_deref(), first.artist.as_deref()), (Some("A & B"), Some("<X>")));
    assert_eq!((first.album.as_deref(), first.seconds), (Some("Album"), Some(123.456)));
    assert_eq!(first.paths, [std::path::Path::new("/m/a b.mp3")]);
    assert_eq!(second.paths, ["../c%23.mp3", "C:/M/c.mp3"].map(std::path::PathBuf::from));
    assert_eq!((third.text.as_str(), third.paths.len()), ("Known - Only", 0));
}

#[test]
fn windows_lists_are_read_with_their_lone_signs() {
    let wpl = "\u{feff}<?wpl version=\"1.0\"?>\r\n<smil>\r\n<head>\
               <meta name=\"Generator\" content=\"x\"/><title>Mix & Match</title>\
               </head>\r\n<body><seq>\r\n<media src=\"..\\Simon & Garfunkel\\a &apos;b&apos;.wma\" \
               cid=\"{1}\"/>\r\n<media src=\"\"/></seq></body></smil>";
    let list = read(wpl.as_bytes()).unwrap();
    assert_eq!(list.name.as_deref(), Some("Mix & Match"));
    assert_eq!(paths(wpl.as_bytes()), [(5, "../Simon & Garfunkel/a 'b'.wma".into())]);
    let zpl = br#"<?zpl version="2.0"?><smil><body><seq><media src="C:\M\1.mp3" albumTitle="Gold" albumArtist="ABBA"
                  trackTitle="Waterloo" trackArtist="" duration="164000"/></seq></body></smil>"#;
    let zune = &read(zpl).unwrap().named[0];
    assert_eq!((zune.artist.as_deref(), zune.title.as_deref()), (Some("ABBA"), Some("Waterloo")));
    assert_eq!((zune.album.as_deref(), zune.seconds), (Some("Gold"), Some(164.0)));
}

#[test]
fn a_file_is_in_the_encoding_that_it_names() {
    let text = "<?xml version='1.0' encoding='{}'?><playlist><title>Грüße</title><trackList/></playlist>";
    let (cyrillic, ..) = encoding_rs::WINDOWS_1251.encode("Кино");
    let named =
        [b"<?xml version=\"1.0\" encoding=\"windows-1251\"?><playlist><title>", &*cyrillic, b"</title></playlist>"]
            .concat();
    assert_eq!(read(&named).unwrap().name.as_deref(), Some("Кино"));
    let latin = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><playlist><title>Caf\xe9 \x96</title></playlist>";
    assert_eq!(read(latin).unwrap().name.as_deref(), Some("Café –"), "it says UTF-8 and is not");
    for big in [false, true] {
        let two = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        let wide: Vec<u8> = text.replace("{}", "UTF-16").encode_utf16().flat_map(two).collect();
        assert_eq!(read(&wide).unwrap().name.as_deref(), Some("Грüße"));
    }
}

#[test]
fn hostile_xml_is_refused_and_costs_nothing() {
    let laughs = "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;\">]>\
                  <playlist><title>&lol2;</title></playlist>";
    assert_eq!(read(laughs.as_bytes()), Err(Unreadable::Entities));
    let external =
        "<!DOCTYPE playlist [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><playlist><title>&x;</title></playlist>";
    assert_eq!(read(external.as_bytes()), Err(Unreadable::Entities));
    let unknown = "<playlist><title>a&lol;&nbsp;&#0;&#x110000;b</title></playlist>";
    assert!(read(unknown.as_bytes()).unwrap().name.unwrap().starts_with("a&lol;&nbsp;"), "they stay as they stand");
    let deep = format!("<playlist>{}", "<a>".repeat(100_000));
    assert_eq!(read(deep.as_bytes()), Err(Unreadable::TooDeep));
    let long = xspf(&format!("<track><location>{}</location></track>", "a".repeat(1_000_000)));
    assert_eq!(read(long.as_bytes()).unwrap().named[0].text.len(), 16 * 1_024, "no path is so long");
    let many = xspf(&"<track><location>a</location></track>".repeat(MAX_NAMED + 1));
    assert_eq!(read(many.as_bytes()), Err(Unreadable::TooLong));
    let many = format!("<?wpl?><smil>{}</smil>", "<media src='a'/>".repeat(MAX_NAMED + 1));
    assert_eq!(read(many.as_bytes()), Err(Unreadable::TooLong));
}

#[test]
fn what_is_no_playlist_or_broken_is_said() {
    let html = b"<!DOCTYPE html><html><body><a href='x'>404</a></body></html>";
    assert_eq!(read(html), Err(Unreadable::Unknown("html".into())));
    assert_eq!(read(b"<?xml version='1.0'?><plist version='1.0'><dict/></plist>"), Err(Unreadable::Library));
    assert_eq!(read(b"<?xml version='1.0'?>\n<!-- <playlist> -->\n<rss/>"), Err(Unreadable::Unknown("rss".into())));
    assert_eq!(read(b"<?xml version='1.0'?>"), Err(Unreadable::Unknown("?".into())));
    for broken in
        ["<playlist>\n<trackList></playlist>", "<playlist>\n<trackList><track>", "<playlist>\n<a", "<playlist>\n</b>"]
    {
        match read(broken.as_bytes()) {
            Err(Unreadable::Broken { line, .. }) => assert_eq!(line, 2, "{broken}"),
            other => panic!("{broken}: {other:?}"),
        }
    }
}
