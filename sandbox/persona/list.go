package persona

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	defaultPage = 10
	maxPage     = 100
)

// list is GET /inquiries: a page, newest first.
func (s *Sandbox) list(c *call) (reply, *refusal) {
	q := c.r.URL.Query()
	if q.Has("include") {
		return reply{}, bad("include is not allowed on lists")
	}
	var all []item
	for _, i := range s.inquiries {
		if i.match(q) {
			all = append(all, item{i.id, i.view(c.version)})
		}
	}
	return page("/api/v1/inquiries", q, all)
}

func (i *inquiry) match(q url.Values) bool {
	for name, is := range map[string]string{
		"reference-id": i.reference, "account-id": i.account, "inquiry-id": i.id, "inquiry-template-id": i.template, "note": i.note, "status": i.status,
	} {
		if want := q.Get("filter[" + name + "]"); want != "" && !slices.Contains(strings.Split(want, ","), is) {
			return false
		}
	}
	if from := q.Get("filter[created-at-start]"); from != "" && i.created.UTC().Format(layout) < from {
		return false
	}
	until := q.Get("filter[created-at-end]")
	return until == "" || i.created.UTC().Format(layout) <= until
}

// listReports is GET /reports.
func (s *Sandbox) listReports(c *call) (reply, *refusal) {
	q := c.r.URL.Query()
	var found []*report
	for _, r := range s.reports {
		if id := q.Get("filter[reference-id]"); id != "" && id != r.reference {
			continue
		}
		if id := q.Get("filter[account-id]"); id != "" && id != r.account {
			continue
		}
		found = append(found, r)
	}
	slices.SortFunc(found, func(a, b *report) int {
		if d := a.created.Compare(b.created); d != 0 {
			return d
		}
		return strings.Compare(a.id, b.id)
	})
	all := make([]item, len(found))
	for n, r := range found {
		all[n] = item{r.id, r.view(c.version)}
	}
	return page("/api/v1/reports", q, all)
}

// item is one object of a list.
type item struct {
	id   string
	view map[string]any
}

// page cuts a page out of all, which is oldest first, by the ids of its neighbours.
func page(path string, q url.Values, all []item) (reply, *refusal) {
	slices.Reverse(all)
	size := defaultPage
	if v := q.Get("page[size]"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > maxPage {
			return reply{}, bad("page[size] is not a number from 1 to 100")
		}
		size = n
	}
	at := func(id string) int { return slices.IndexFunc(all, func(x item) bool { return x.id == id }) }
	from, to := 0, min(size, len(all))
	if id := q.Get("page[after]"); id != "" {
		n := at(id)
		if n < 0 {
			return reply{}, bad("page[after] is not the id of an object of the list")
		}
		from, to = n+1, min(n+1+size, len(all))
	} else if id := q.Get("page[before]"); id != "" {
		n := at(id)
		if n < 0 {
			return reply{}, bad("page[before] is not the id of an object of the list")
		}
		from, to = max(0, n-size), n
	}
	data := []any{}
	for _, x := range all[from:to] {
		data = append(data, x.view)
	}
	links := map[string]any{"prev": nil, "next": nil}
	if from > 0 && from < len(all) {
		links["prev"] = path + "?" + url.Values{"page[before]": {all[from].id}}.Encode()
	}
	if to > from && to < len(all) {
		links["next"] = path + "?" + url.Values{"page[after]": {all[to-1].id}}.Encode()
	}
	return reply{data: data, links: links}, nil
}
