package persona

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
)

// envelope is how the vendor wraps an object.
type envelope struct {
	Data     jsontext.Value `json:"data"`
	Included []resource     `json:"included"`
	Meta     meta           `json:"meta"`
}

// meta is what comes beside an object.
type meta struct {
	Link  string `json:"one-time-link"`
	Short string `json:"one-time-link-short"`
}

// resource is one object. What its attributes are depends on its type.
type resource struct {
	Type          string         `json:"type"`
	ID            string         `json:"id"`
	Attributes    jsontext.Value `json:"attributes"`
	Relationships jsontext.Value `json:"relationships"`
}

// identifier points at an object.
type identifier struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// document is an answer that holds an inquiry.
type document struct {
	inquiry  inquiry
	included []resource
	meta     meta
}

// has says whether an object came with the inquiry, attributes and all.
func (d document) has(id string) bool {
	for _, r := range d.included {
		if r.ID == id && r.Attributes.Kind() == '{' {
			return true
		}
	}
	return false
}

// inquiry is an inquiry as it is read: nothing of what is claimed in it.
type inquiry struct {
	id string

	Status          string `json:"status"`
	Note            string `json:"note"`
	ReviewerComment string `json:"reviewer-comment"`
	UpdatedAt       string `json:"updated-at"`
	CompletedAt     string `json:"completed-at"`
	FailedAt        string `json:"failed-at"`
	DecisionedAt    string `json:"decisioned-at"`
	RedactedAt      string `json:"redacted-at"`

	verifications []identifier
	reports       []identifier
}

func malformed(why string) error { return fault.New(fault.Malformed, "persona.read", why) }

// parseDocument reads an answer that must hold an inquiry.
func parseDocument(body []byte) (document, error) {
	var e envelope
	if err := strictjson.Unmarshal(body, &e); err != nil {
		return document{}, fault.Wrap(fault.Malformed, "persona.read", err)
	}
	var r resource
	if err := strictjson.Unmarshal(e.Data, &r); err != nil {
		return document{}, fault.Wrap(fault.Malformed, "persona.read", err)
	}
	i, err := r.inquiry()
	return document{i, e.Included, e.Meta}, err
}

// parseList reads an answer that must hold a list of inquiries.
func parseList(body []byte) ([]inquiry, error) {
	var e struct {
		Data []resource `json:"data"`
	}
	if err := strictjson.Unmarshal(body, &e); err != nil {
		return nil, fault.Wrap(fault.Malformed, "persona.look", err)
	}
	if e.Data == nil {
		return nil, fault.New(fault.Malformed, "persona.look", "the answer holds no list")
	}
	all := make([]inquiry, len(e.Data))
	for n, r := range e.Data {
		var err error
		if all[n], err = r.inquiry(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// parseResource reads an answer that holds one object of whatever type.
func parseResource(body []byte) (resource, error) {
	var e envelope
	var r resource
	if err := strictjson.Unmarshal(body, &e); err != nil {
		return r, fault.Wrap(fault.Malformed, "persona.read", err)
	}
	if err := strictjson.Unmarshal(e.Data, &r); err != nil {
		return r, fault.Wrap(fault.Malformed, "persona.read", err)
	}
	if r.ID == "" || r.Attributes.Kind() != '{' {
		return r, malformed("the answer holds no object")
	}
	return r, nil
}

func parseMeta(body []byte) (meta, error) {
	var e envelope
	if err := strictjson.Unmarshal(body, &e); err != nil {
		return meta{}, fault.Wrap(fault.Malformed, "persona.link", err)
	}
	return e.Meta, nil
}

func (r resource) inquiry() (inquiry, error) {
	i := inquiry{}
	if r.Type != "inquiry" || strings.Trim(r.ID, ".") == "" {
		return i, malformed("the answer holds no inquiry")
	}
	if err := strictjson.Unmarshal(r.Attributes, &i); err != nil {
		return i, fault.Wrap(fault.Malformed, "persona.read", err)
	}
	i.id = r.ID
	var rel struct {
		Verifications jsontext.Value `json:"verifications"`
		Reports       jsontext.Value `json:"reports"`
	}
	if len(r.Relationships) > 0 {
		if err := strictjson.Unmarshal(r.Relationships, &rel); err != nil {
			return i, fault.Wrap(fault.Malformed, "persona.read", err)
		}
	}
	var err error
	if i.verifications, err = identifiers(rel.Verifications); err != nil {
		return i, err
	}
	i.reports, err = identifiers(rel.Reports)
	return i, err
}

// identifiers reads the other ends of a relationship. An empty one may be written as nothing, null, {}, {"data":null},
// {"data":{}} or {"data":[]}.
func identifiers(v jsontext.Value) ([]identifier, error) {
	if v = bytes.TrimSpace(v); len(v) == 0 || v.Kind() == 'n' {
		return nil, nil
	}
	var e struct {
		Data jsontext.Value `json:"data"`
	}
	if err := strictjson.Unmarshal(v, &e); err != nil {
		return nil, fault.Wrap(fault.Malformed, "persona.read", err)
	}
	var all []identifier
	switch e.Data.Kind() {
	case '[':
		if err := strictjson.Unmarshal(e.Data, &all); err != nil {
			return nil, fault.Wrap(fault.Malformed, "persona.read", err)
		}
	case '{':
		var one identifier
		if err := strictjson.Unmarshal(e.Data, &one); err != nil {
			return nil, fault.Wrap(fault.Malformed, "persona.read", err)
		}
		if one != (identifier{}) {
			all = []identifier{one}
		}
	}
	for _, one := range all {
		if strings.Trim(one.ID, ".") == "" {
			return nil, malformed("a relationship leads nowhere")
		}
	}
	return all, nil
}

// quotaSpent says that a refusal is about a quota. Only the title is looked at: details may repeat what was sent.
func quotaSpent(body []byte) bool {
	var e struct {
		Errors []struct {
			Title string `json:"title"`
		} `json:"errors"`
	}
	return strictjson.Unmarshal(body, &e) == nil && len(e.Errors) > 0 && strings.HasPrefix(strings.ToLower(e.Errors[0].Title), "quota")
}
