package providers

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
)

// URL is the base of a vendor's API, from the environment: scheme, host and perhaps a path, without a slash at the end.
type URL string

// EnvDecode sets u from a variable. Whether it may be reached without TLS is decided by Options.
func (u *URL) EnvDecode(v string) error {
	v = strings.TrimRight(strings.TrimSpace(v), "/")
	if v == "" {
		*u = ""
		return nil
	}
	p, err := url.Parse(v)
	switch {
	case err != nil, p.Host == "", p.Scheme != "http" && p.Scheme != "https":
		return errors.New("is not an http or https URL") // the value may hold credentials: it is not repeated
	case p.User != nil, p.RawQuery != "", p.Fragment != "":
		return errors.New("must be scheme, host and path only")
	}
	*u = URL(v)
	return nil
}

// check says why u may not be called with insecure addresses not allowed.
func (u URL) check() error {
	p, err := url.Parse(string(u))
	if err != nil {
		return errors.New("is not a URL")
	}
	if p.Scheme != "https" {
		return errors.New("is not https; only ALLOW_INSECURE=true permits that")
	}
	host := strings.TrimSuffix(strings.ToLower(p.Hostname()), ".")
	ip, err := netip.ParseAddr(host)
	local := host == "localhost" || strings.HasSuffix(host, ".localhost")
	if err == nil {
		ip = ip.Unmap()
		local = ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified()
	}
	if local {
		return errors.New("is a local address; only ALLOW_INSECURE=true permits that")
	}
	return nil
}
