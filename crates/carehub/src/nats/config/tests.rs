//! What the generated configuration says, and what it refuses to say.

use std::net::SocketAddr;
use std::path::PathBuf;

use expect_test::{Expect, expect};
use nkeys::{KeyPair, KeyPairType};

use super::*;

fn public_key(kind: KeyPairType, byte: u8) -> String {
    KeyPair::new_from_raw(kind, [byte; 32]).unwrap().public_key()
}

fn settings() -> ServerSettings {
    ServerSettings {
        data_dir: PathBuf::from("/srv/care hub"),
        address: SocketAddr::from(([127, 0, 0, 1], 0)),
        sync: SyncInterval::Always,
        max_file_bytes: 1 << 30,
        hub_public_key: public_key(KeyPairType::User, 1),
        erasure_public_key: public_key(KeyPairType::User, 2),
        tls: None,
        leafnodes: None,
    }
}

fn agency(id: &str) -> AgencyAccount {
    AgencyAccount {
        id: id.to_owned(),
        public_key: public_key(KeyPairType::User, 3),
        next_key: None,
        register_owner: false,
        officers: Vec::new(),
    }
}

fn officer(id: &str) -> Officer {
    Officer { id: id.to_owned(), public_key: public_key(KeyPairType::User, 4), next_key: None }
}

#[track_caller]
fn check(text: &str, expected: Expect) {
    expected.assert_eq(text);
}

#[track_caller]
fn check_refused(settings: &ServerSettings, agencies: &[AgencyAccount], why: ConfigurationError) {
    assert_eq!(server_configuration(settings, agencies), Err(why));
}

#[test]
fn the_whole_file_for_a_register_owner_with_an_officer() {
    let mut cqc = agency("cqc");
    cqc.register_owner = true;
    cqc.officers.push(officer("desk-1"));
    check(
        &server_configuration(&settings(), &[cqc]).unwrap(),
        expect![[r##"
        # Written by carehub; changes made by hand are lost.
        server_name: "carehub"
        host: "127.0.0.1"
        port: -1
        max_payload: 1114112
        pid_file: "/srv/care hub/nats/server.pid"
        ports_file_dir: "/srv/care hub/nats/ports"
        logfile: "/srv/care hub/nats/server.log"
        logfile_size_limit: 16MB
        logfile_max_num: 4
        jetstream { store_dir: "/srv/care hub/nats/js", sync_interval: always, max_mem: 64MB, max_file: 1073741824 }
        accounts {
          "HUB": {
            jetstream: enabled
            users: [ { nkey: "UCFIRY65OQE7DFP5KLNS2PF2LVZMUZYJX4OZIEQ36N2IQANUB5XVZ45L" } ]
            exports: [
              { service: "carehub.concern.*.>", account_token_position: 3 }
              { service: "carehub.response.*.>", account_token_position: 3 }
              { service: "carehub.register.*.>", account_token_position: 3 }
              { stream: "carehub.receipt.*", account_token_position: 3 }
              { stream: "carehub.alert.*.>", account_token_position: 3 }
              { service: "$JS.ACK.CAREHUB.*.>", account_token_position: 4 }
              { service: "$JS.API.CONSUMER.MSG.NEXT.CAREHUB.*", account_token_position: 7, response_type: stream }
              { service: "$JS.API.CONSUMER.INFO.CAREHUB.*", account_token_position: 6 }
              { service: "$JS.API.STREAM.MSG.DELETE.CAREHUB", accounts: ["erasure"] }
            ]
          }
          "erasure": {
            limits { max_payload: 131072 }
            users: [ { nkey: "UCATS5YOVB6ROX2WUNKGNQ2MP3GMXDMKSG2O4N5CLX3A6W4PZGZZJPJO", permissions: {
              publish: { allow: ["carejs.STREAM.MSG.DELETE.CAREHUB"] }
              subscribe: { allow: ["_INBOX_erasure.>"] }
            } } ]
            imports: [
              { service: { account: "HUB", subject: "$JS.API.STREAM.MSG.DELETE.CAREHUB" }, to: "carejs.STREAM.MSG.DELETE.CAREHUB" }
            ]
          }
          "cqc": {
            limits { max_payload: 131072 }
            users: [ { nkey: "UDWUSKGGFDI4FRXK5EBTRECZSVQSSWJHHJOGH6JWG3AUMFFMQ435C2U4", permissions: {
              publish: { allow: ["carehub.concern.cqc.>", "carehub.response.cqc.>", "carehub.register.cqc.>", "$JS.ACK.CAREHUB.cqc.>", "carejs.CONSUMER.MSG.NEXT.CAREHUB.cqc", "carejs.CONSUMER.INFO.CAREHUB.cqc"] }
              subscribe: { allow: ["_INBOX_cqc.>", "carehub.receipt.cqc", "carehub.alert.cqc.>"] }
            } } ]
            imports: [
              { service: { account: "HUB", subject: "carehub.concern.cqc.>" } }
              { service: { account: "HUB", subject: "carehub.response.cqc.>" } }
              { service: { account: "HUB", subject: "carehub.register.cqc.>" } }
              { service: { account: "HUB", subject: "$JS.ACK.CAREHUB.cqc.>" } }
              { service: { account: "HUB", subject: "$JS.API.CONSUMER.MSG.NEXT.CAREHUB.cqc" }, to: "carejs.CONSUMER.MSG.NEXT.CAREHUB.cqc" }
              { service: { account: "HUB", subject: "$JS.API.CONSUMER.INFO.CAREHUB.cqc" }, to: "carejs.CONSUMER.INFO.CAREHUB.cqc" }
              { stream: { account: "HUB", subject: "carehub.receipt.cqc" } }
              { stream: { account: "HUB", subject: "carehub.alert.cqc.>" } }
            ]
          }
          "cqc-desk-1": {
            limits { max_payload: 131072 }
            users: [ { nkey: "UDFJHLAXAUMHA4OWPOB4P7YO72AQR2HMIUYFOXLXE2DZGM633K7HYREV", permissions: {
              publish: { allow: ["$JS.ACK.CAREHUB.cqc-desk-1.>", "carejs.CONSUMER.MSG.NEXT.CAREHUB.cqc-desk-1", "carejs.CONSUMER.INFO.CAREHUB.cqc-desk-1"] }
              subscribe: { allow: ["_INBOX_cqc-desk-1.>"] }
            } } ]
            imports: [
              { service: { account: "HUB", subject: "$JS.ACK.CAREHUB.cqc-desk-1.>" } }
              { service: { account: "HUB", subject: "$JS.API.CONSUMER.MSG.NEXT.CAREHUB.cqc-desk-1" }, to: "carejs.CONSUMER.MSG.NEXT.CAREHUB.cqc-desk-1" }
              { service: { account: "HUB", subject: "$JS.API.CONSUMER.INFO.CAREHUB.cqc-desk-1" }, to: "carejs.CONSUMER.INFO.CAREHUB.cqc-desk-1" }
            ]
          }
        }
    "##]],
    );
}

#[test]
fn an_agency_that_owns_no_register_gets_no_register_subject() {
    let text = agency_account(&agency("police"));
    assert!(!text.contains("register"), "{text}");
}

#[test]
fn what_only_the_hub_says_is_neither_exported_nor_imported() {
    let mut cqc = agency("cqc");
    cqc.register_owner = true;
    let text = server_configuration(&settings(), &[cqc, agency("police")]).unwrap();
    for noun in [
        "form",
        "escalation",
        "notice",
        "rejection",
        "refusal",
        "control",
        "person",
        "delivery",
        "tombstone",
    ] {
        assert!(!text.contains(&format!("carehub.{noun}")), "{noun}");
    }
}

#[test]
fn the_default_sync_and_a_fixed_port_are_written() {
    let mut settings = settings();
    settings.sync = SyncInterval::ServerDefault;
    settings.address = SocketAddr::from(([0, 0, 0, 0], 4222));
    let text = server_configuration(&settings, &[]).unwrap();
    assert!(!text.contains("sync_interval"), "{text}");
    assert!(text.contains("host: \"0.0.0.0\"\nport: 4222\n"), "{text}");
}

#[test]
fn an_id_that_could_end_its_token_is_refused() {
    let long = "a".repeat(33);
    for id in [
        "", "Police", "po lice", "po.lice", "po*", ">", "a\"b", "a\\", "a\nb", "a}", "pölice",
        "$SYS", "a/b", &long,
    ] {
        let refused = ConfigurationError::Identifier(id.to_owned());
        check_refused(&settings(), &[agency(id)], refused.clone());
        let mut police = agency("police");
        police.officers.push(officer(id));
        check_refused(&settings(), &[police], refused);
    }
    assert_eq!(check_identifier(&"a".repeat(32)), Ok(()));
}

#[test]
fn a_reserved_id_is_refused() {
    for id in RESERVED {
        check_refused(&settings(), &[agency(id)], ConfigurationError::Reserved(id.to_owned()));
    }
}

#[test]
fn two_accounts_of_one_name_are_refused() {
    let collision = |name: &str| ConfigurationError::Collision(name.to_owned());
    check_refused(&settings(), &[agency("cqc"), agency("cqc")], collision("cqc"));
    let mut council = agency("council");
    council.officers.push(officer("qa"));
    check_refused(&settings(), &[council.clone(), agency("council-qa")], collision("council-qa"));
    council.officers.push(officer("qa"));
    check_refused(&settings(), &[council], collision("council-qa"));
}

#[test]
fn a_key_that_is_not_a_users_public_key_is_refused() {
    let seed = KeyPair::new_from_raw(KeyPairType::User, [5; 32]).unwrap().seed().unwrap();
    for key in [String::new(), "U\" } ]".to_owned(), public_key(KeyPairType::Account, 5), seed] {
        let mut police = agency("police");
        police.public_key = key;
        check_refused(&settings(), &[police], ConfigurationError::PublicKey("police".to_owned()));
    }
}

#[test]
fn a_directory_is_quoted_or_refused() {
    let mut settings = settings();
    settings.data_dir = PathBuf::from("/srv/a\"b\\c");
    let text = server_configuration(&settings, &[]).unwrap();
    assert!(text.contains(r#"store_dir: "/srv/a\"b\\c/nats/js""#), "{text}");
    for dir in ["relative", "/srv/a\nb"] {
        settings.data_dir = PathBuf::from(dir);
        check_refused(&settings, &[], ConfigurationError::DataDirectory);
    }
}

fn tls() -> ServerTls {
    ServerTls {
        authority: PathBuf::from("/etc/nats/tls/ca.pem"),
        certificate: PathBuf::from("/etc/nats/tls/server.pem"),
        key: PathBuf::from("/etc/nats/tls/server-key.pem"),
    }
}

fn keys() -> HubKeys {
    HubKeys { hub: public_key(KeyPairType::User, 1), erasure: public_key(KeyPairType::User, 2) }
}

fn node() -> ServerBlock {
    ServerBlock {
        name: "a".to_owned(),
        listen: SocketAddr::from(([0, 0, 0, 0], 4222)),
        store: PathBuf::from("/var/lib/nats"),
        sync: SyncInterval::Always,
        max_file_bytes: 1 << 30,
        own: None,
        tls: Some(tls()),
        cluster: Some(Cluster {
            name: "carehub".to_owned(),
            listen: SocketAddr::from(([0, 0, 0, 0], 6222)),
            routes: vec!["a.example.org:6222".to_owned(), "b.example.org:6222".to_owned()],
        }),
        leafnodes: Some(SocketAddr::from(([0, 0, 0, 0], 7422))),
    }
}

#[test]
fn a_server_of_a_cluster_speaks_tls_with_everybody() {
    let text = configuration(&node(), &keys(), &[]).unwrap();
    let (server, _) = text.split_once("accounts {").unwrap();
    check(
        server,
        expect![[r#"
            # Written by carehub; changes made by hand are lost.
            server_name: "a"
            host: "0.0.0.0"
            port: 4222
            max_payload: 1114112
            jetstream { store_dir: "/var/lib/nats", sync_interval: always, max_mem: 64MB, max_file: 1073741824 }
            tls { cert_file: "/etc/nats/tls/server.pem", key_file: "/etc/nats/tls/server-key.pem", ca_file: "/etc/nats/tls/ca.pem", verify: true }
            cluster {
              name: "carehub"
              host: "0.0.0.0"
              port: 6222
              routes: ["tls://a.example.org:6222", "tls://b.example.org:6222"]
              tls { cert_file: "/etc/nats/tls/server.pem", key_file: "/etc/nats/tls/server-key.pem", ca_file: "/etc/nats/tls/ca.pem", verify: true }
            }
            leafnodes {
              host: "0.0.0.0"
              port: 7422
              tls { cert_file: "/etc/nats/tls/server.pem", key_file: "/etc/nats/tls/server-key.pem", ca_file: "/etc/nats/tls/ca.pem", verify: true }
            }
        "#]],
    );
}

#[test]
fn a_second_key_is_a_second_user_with_the_same_rights() {
    let mut police = agency("police");
    police.next_key = Some(public_key(KeyPairType::User, 6));
    let text = agency_account(&police);
    let users: Vec<_> = text.split("nkey: ").skip(1).collect();
    assert_eq!(users.len(), 2, "{text}");
    let rights = |user: &str| {
        let (_, rights) = user.split_once(", permissions").expect("permissions");
        rights.split_once("} }").expect("an end").0.to_owned()
    };
    assert_eq!(rights(users[0]), rights(users[1]), "{text}");
    police.next_key = Some("SUAB".to_owned());
    check_refused(&settings(), &[police], ConfigurationError::PublicKey("police".to_owned()));
}

#[test]
fn the_whole_file_of_an_agencys_own_server() {
    let leaf = LeafNode {
        listen: SocketAddr::from(([127, 0, 0, 1], 4222)),
        hubs: vec!["a.example.org:7422".to_owned(), "b.example.org:7422".to_owned()],
        tls: Some(tls()),
    };
    let mut police = agency("police");
    police.officers.push(officer("desk-1"));
    check(
        &leaf_configuration(&leaf, &police).unwrap(),
        expect![[r##"
        # Written by carehub for police's own server; changes made by hand are lost.
        # Each keys/ACCOUNT.conf beside it holds that account's seed, mode 0600: nkey: "SU..."
        server_name: "carehub-leaf-police"
        host: "127.0.0.1"
        port: 4222
        max_payload: 131072
        tls { cert_file: "/etc/nats/tls/server.pem", key_file: "/etc/nats/tls/server-key.pem", ca_file: "/etc/nats/tls/ca.pem", verify: true }
        accounts {
          "police": { users: [ { nkey: "UDWUSKGGFDI4FRXK5EBTRECZSVQSSWJHHJOGH6JWG3AUMFFMQ435C2U4" } ] }
          "police-desk-1": { users: [ { nkey: "UDFJHLAXAUMHA4OWPOB4P7YO72AQR2HMIUYFOXLXE2DZGM633K7HYREV" } ] }
        }
        leafnodes {
          remotes: [
            { urls: ["tls://a.example.org:7422", "tls://b.example.org:7422"], account: "police", tls { cert_file: "/etc/nats/tls/server.pem", key_file: "/etc/nats/tls/server-key.pem", ca_file: "/etc/nats/tls/ca.pem" }
              include "keys/police.conf"
            }
            { urls: ["tls://a.example.org:7422", "tls://b.example.org:7422"], account: "police-desk-1", tls { cert_file: "/etc/nats/tls/server.pem", key_file: "/etc/nats/tls/server-key.pem", ca_file: "/etc/nats/tls/ca.pem" }
              include "keys/police-desk-1.conf"
            }
          ]
        }
    "##]],
    );
}
