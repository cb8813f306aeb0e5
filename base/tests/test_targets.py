import pytest
from django.core.exceptions import ValidationError

from base.targets import is_public, target_of, validate_target

PUBLIC = ["8.8.8.8", "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2002:808:808::1"]
NOT_PUBLIC = [
    *("0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.0.1", "169.254.169.254"),
    *("172.16.0.1", "172.31.255.255", "192.0.2.1", "192.168.0.1", "198.18.0.1", "224.0.0.1", "239.1.1.1"),
    *("240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b:1::1"),
    *("fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2001:db8::1", "100::1"),
    *("2002:7f00:1::1", "2002:a00:1::", "2001:0:7f00:1::", "4000::1"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_address_of_the_world(address):
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_address_that_is_not(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://example.com", ("https", "example.com", 443, "/")),
        ("HTTPS://Example.COM:8443/a?b=c&d#e", ("https", "example.com", 8443, "/a?b=c&d")),
        ("https://[2606:2800::1]/a", ("https", "2606:2800::1", 443, "/a")),
        ("https://xn--bcher-kva.example/", ("https", "xn--bcher-kva.example", 443, "/")),
        ("https://example.com?a", ("https", "example.com", 443, "/?a")),
    ],
)
def test_where_an_address_leads(url, found):
    assert target_of(url) == found


def test_host_header():
    assert target_of("https://example.com/").header == "example.com"
    assert target_of("https://example.com:8443/").header == "example.com:8443"
    assert target_of("https://[2606:2800::1]:8443/").header == "[2606:2800::1]:8443"


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.com", "//example.com", "ftp://example.com/", "file:///etc/passwd", "javascript:1"),
        *("http://example.com/", "https:///a", "https://user:pw@example.com/", "https://user@example.com/"),
        *("https://example.com:99999/", "https://example.com:x/", "https://example.com:0/", "https://[::1/"),
        *("https://example.com/\r\nX: y", "https://exa mple.com/", "https://bücher.example/"),
        *("https://example.com\\@127.0.0.1/", f"https://{'a' * 64}.example/", "https://a..b/"),
    ],
)
def test_address_that_is_none_is_refused(url):
    with pytest.raises(ValidationError):
        validate_target(url)
