package bive

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// ref identifies a workflow. It is stored: add members, never change one.
type ref struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`            // person or business
	Again bool   `json:"again,omitempty"` // an unknown result asks the subject for a clearer document
	Clear bool   `json:"clear,omitempty"` // it does if the vendor says that the document cannot be read
	Doc   string `json:"doc,omitempty"`   // the type of the document that was handed in
}

// refOf returns how a workflow is found again. Only the first run asks for another document: if the second is unknown, too, a person
// has to look, says the vendor.
func refOf(id string, p *plan, r providers.Request) ref {
	at := ref{ID: id, Kind: p.kind}
	if r.Attempt <= 1 {
		at.Doc = p.proof()
		at.Again, at.Clear = p.params.Resubmit != nil && *p.params.Resubmit, p.params.Resubmit == nil && at.Doc != ""
	}
	return at
}

func newClient(c Config, h *http.Client, boundary func() string) *client {
	key := c.APIKey
	host := ""
	if u, err := url.Parse(string(c.BaseURL)); err == nil {
		host = strings.ToLower(u.Hostname())
	}
	return &client{
		production: host == "bive.ai" || strings.HasSuffix(host, ".bive.ai"),
		boundary:   boundary,
		now:        time.Now,
		http: vendorhttp.Client{
			HTTP: h, Base: string(c.BaseURL), Provider: "bive",
			Prepare: func(_ context.Context, r *http.Request, _ vendorhttp.Body) error {
				r.Header.Set("Api-Key", key.Reveal())
				return nil
			},
		},
	}
}

// Send uploads the files and creates the workflow. Uploads may be repeated; the workflow may not.
func (c *client) Send(ctx context.Context, r providers.Request) (providers.Reply, error) {
	p, err := c.plan(r)
	if err != nil {
		return providers.Reply{}, err
	}
	reply := providers.Reply{}
	for _, u := range p.uploads {
		if err := c.upload(ctx, u, &reply); err != nil {
			return reply, err
		}
	}
	body, err := vendorhttp.JSON("bive.create", p.body())
	if err != nil {
		return reply, err
	}
	res, err := c.http.Do(ctx, vendorhttp.Call{Op: "create", Method: http.MethodPost, Path: "/identity/workflow/" + p.kind, Body: body})
	c.add(&reply, res)
	if err != nil {
		return reply, created(err)
	}
	rec, err := firstRecord(res.Body)
	if err != nil || rec.id() == "" {
		return reply, fault.New(fault.Ambiguous, "bive.create", "created perhaps, but the reply names no workflow")
	}
	reply.Made = rec.id()
	return c.answer(reply, r, refOf(rec.id(), p, r))
}

// created turns a reply that was too much to read into what it means for a create: perhaps it was done.
func created(err error) error {
	if fault.ClassOf(err) == fault.Malformed {
		return fault.New(fault.Ambiguous, "bive.create", "created perhaps, but the reply cannot be read")
	}
	return err
}

// upload hands in the files of one person and notes the names that the vendor gave them.
func (c *client) upload(ctx context.Context, u *upload, reply *providers.Reply) error {
	parts := make([]vendorhttp.Part, len(u.files))
	for i, f := range u.files {
		parts[i] = vendorhttp.Part{
			Name: f.field, Filename: f.field + extensions[f.doc.MediaType], MediaType: f.doc.MediaType,
			Body: vendorhttp.Body{Size: f.doc.Size, Open: f.doc.Open},
		}
	}
	res, err := c.http.Do(ctx, vendorhttp.Call{
		Op: "upload", Method: http.MethodPost, Path: "/identity/upload", Repeatable: true,
		Body: vendorhttp.Multipart(c.boundary(), parts...),
	})
	c.add(reply, res)
	if err != nil {
		return err
	}
	var names struct {
		GovID            string `json:"gov_id"`
		GovIDBack        string `json:"gov_id_back"`
		Selfie           string `json:"selfie"`
		AccountStatement string `json:"account_statement"`
		BizReg           string `json:"biz_reg"`
		Filename         string `json:"filename"` // instead, when one file was sent
	}
	if err := strictjson.Unmarshal(res.Body, &names); err != nil {
		return fault.Wrap(fault.Malformed, "bive.upload", err)
	}
	given := map[string]string{
		"gov_id": names.GovID, "gov_id_back": names.GovIDBack, "selfie": names.Selfie,
		"account_statement": names.AccountStatement, "biz_reg": names.BizReg,
	}
	for _, f := range u.files {
		name := given[f.field]
		if name == "" && len(u.files) == 1 {
			name = names.Filename
		}
		if name == "" {
			return fault.New(fault.Malformed, "bive.upload", "the reply does not name every file")
		}
		u.names[f.field] = name
	}
	return nil
}

// Poll reads the workflow. The vendor deletes workflows after 30 days: a 404 does not say that there never was one.
func (c *client) Poll(ctx context.Context, r providers.Request) (providers.Reply, error) {
	var at ref
	if err := json.Unmarshal(r.Ref, &at); err != nil || at.ID == "" {
		return providers.Reply{}, fault.New(fault.Invalid, "bive.status", "the check has no reference")
	}
	q := url.Values{"id": {at.ID}}
	if at.Kind != "" {
		q.Set("workflow_type", at.Kind)
	}
	reply := providers.Reply{}
	res, err := c.http.Do(ctx, vendorhttp.Call{Op: "status", Method: http.MethodGet, Path: "/identity/workflow", Query: q, Repeatable: true})
	c.add(&reply, res)
	if res.Status == http.StatusNotFound {
		return reply, fault.New(fault.Invalid, "bive.status", "the vendor does not have the workflow (any more: it keeps them for 30 days)")
	}
	if err != nil {
		return reply, err
	}
	return c.answer(reply, r, at)
}

// add appends an answer of the vendor to a reply.
func (c *client) add(reply *providers.Reply, res vendorhttp.Response) {
	if res.Status != 0 {
		reply.Exchanges = append(reply.Exchanges, providers.Exchange(res))
		reply.At = c.now().UTC()
	}
}

// opAsked is not an answer of the vendor's: it says which reference each associated person's name stands for, without
// which the vendor's answer, that has names only, cannot be read. Like all exchanges it is sealed.
const opAsked = "asked"

// answer completes a reply.
func (c *client) answer(reply providers.Reply, r providers.Request, at ref) (providers.Reply, error) {
	b, err := json.Marshal(at)
	if err != nil {
		return reply, fault.New(fault.Invalid, "bive", "the reference cannot be written")
	}
	reply.Ref = jsontext.Value(b)
	if len(r.Parties) == 0 || at.Kind != "business" {
		return reply, nil
	}
	people := make([]asked, len(r.Parties))
	for i, p := range r.Parties {
		n, _ := nameOf(p.Person)
		people[i] = asked{Reference: p.Reference, Name: n.first + " " + n.last}
	}
	if b, err = json.Marshal(people); err != nil {
		return reply, fault.New(fault.Invalid, "bive", "the associated persons cannot be written")
	}
	reply.Exchanges = append(reply.Exchanges, providers.Exchange{Op: opAsked, MediaType: "application/json", Body: b})
	return reply, nil
}

// asked is an associated person that we asked for.
type asked struct {
	Reference string `json:"reference"`
	Name      string `json:"name"`
}
