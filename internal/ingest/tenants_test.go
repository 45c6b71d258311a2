package ingest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/events"
)

// TestNoRouteShowsAnotherTenantsVerification walks every described route that names a verification with another tenant's
// key: all must say that there is no such thing, and none may leave an input.
func TestNoRouteShowsAnotherTenantsVerification(t *testing.T) {
	r := newRig(t, nil)
	id := r.open(full).ID
	before := len(r.inputs())
	bodies := map[string]string{"documents": `{"type":"SELFIE","content":"` + jpeg64 + `"}`, "reviews": `{"result":"true","reason":"x"}`, "subject": `{"person":{"name":{"lastName":"Nowak"}}}`}
	var d description
	r.call("GET", "/openapi.json", "", nil).into(t, &d)
	walked := 0
	for path, ops := range d.Paths {
		if !strings.Contains(path, "{id}") || strings.HasPrefix(path, "/webhooks") {
			continue
		}
		for method := range ops {
			var body any
			if b, ok := bodies[path[strings.LastIndex(path, "/")+1:]]; ok {
				body = b
			}
			walked++
			if p := r.call(strings.ToUpper(method), strings.Replace(path, "{id}", id, 1), other, body); p.status != 404 {
				t.Errorf("%s %s with another tenant's key = %d, want 404; %s", method, path, p.status, p.body)
			}
			if p := r.call(strings.ToUpper(method), strings.Replace(path, "{id}", id, 1), "", body); p.status != 401 {
				t.Errorf("%s %s without a key = %d, want 401", method, path, p.status)
			}
		}
	}
	if walked < 9 {
		t.Errorf("walked %d routes, want at least 9", walked)
	}
	if n := len(r.inputs()); n != before {
		t.Errorf("another tenant's calls left %d inputs", n-before)
	}
	if n := r.blobCount(); n != 1 {
		t.Errorf("%d documents, want the 1 of the owner", n)
	}
}

func TestDecisionsAreOnesOwn(t *testing.T) {
	r := newRig(t, nil)
	ids := r.decide(3, "acme")
	r.decide(2, "other")
	ids = append(ids, r.decide(1, "acme")...)
	type page struct {
		Items []struct {
			Cursor   string           `json:"cursor"`
			ID       string           `json:"id"`
			Tenant   string           `json:"tenant"`
			Decision *events.Decision `json:"decision"`
		} `json:"items"`
		Next string `json:"next"`
	}
	r.eventually("the results hold all six", func() bool {
		u, err := r.bus.Usage(t.Context())
		return err == nil && u.LastResult >= 6
	})
	var seen []string
	after := ""
	for range 10 {
		var p page
		r.want(200, r.call("GET", "/v1/decisions?limit=2&after="+after, acme, nil)).into(t, &p)
		for _, i := range p.Items {
			if i.Tenant != "" || i.Decision == nil {
				t.Errorf("item = %+v, want a decision without tenant", i)
			}
			seen = append(seen, i.ID)
		}
		if p.Next == "" {
			break
		}
		after = p.Next
	}
	slices.Sort(seen)
	slices.Sort(ids)
	if strings.Join(seen, " ") != strings.Join(ids, " ") {
		t.Errorf("decisions = %v, want each of %v once", seen, ids)
	}
}
