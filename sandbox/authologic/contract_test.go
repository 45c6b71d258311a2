package authologic_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/sandbox/authologic"
)

func TestRefusalsHaveTheVendorsForm(t *testing.T) {
	v := newVendor(t)
	c := v.create(v.ana("", products()))
	path := "/api/conversations/" + c["id"].(string)
	with := func(name string, value any) object {
		o := v.ana("", products())
		o[name] = value
		return o
	}
	for _, tt := range []struct {
		name, method, path string
		body               any
		headers            []string
		status             int
		word               any
	}{
		{"no key", "GET", path, nil, []string{"Authorization", ""}, 401, nil},
		{"wrong key", "GET", path, nil, []string{"Authorization", "Basic eDp5"}, 401, nil},
		{"another version", "GET", path, nil, []string{"Accept", "application/json"}, 400, "BAD_REQUEST"},
		{"another type", "POST", "/api/conversations", v.ana("", products()), []string{"Content-Type", "application/json"}, 400, "BAD_REQUEST"},
		{"no JSON", "POST", "/api/conversations", "{", nil, 400, "BAD_REQUEST"},
		{"no query", "POST", "/api/conversations", object{"userKey": "x"}, nil, 400, "BAD_REQUEST"},
		{"no product", "POST", "/api/conversations", object{"query": object{}}, nil, 400, "BAD_REQUEST"},
		{"a userKey with spaces", "POST", "/api/conversations", with("userKey", "a b"), nil, 400, "BAD_REQUEST"},
		{"a field that is none", "POST", "/api/conversations", with("query", object{"identity": object{"requireOneOf": []any{[]string{"PERSON_SHOE"}}}}), nil, 400, "BAD_REQUEST"},
		{"a list that is none", "POST", "/api/conversations", with("query", object{"aml": object{"checks": []string{"FRIENDS"}}}), nil, 400, "BAD_REQUEST"},
		{"nobody to screen", "POST", "/api/conversations", object{"query": object{"aml": object{"checks": []string{"PEP"}}}}, nil, 400, "BAD_REQUEST"},
		{"transactions of another kind", "POST", "/api/conversations", with("query", object{"bankTransactions": object{"type": "SOME"}}), nil, 400, "BAD_REQUEST"},
		{"another user type", "POST", "/api/conversations", with("hints", object{"userType": "PERSONNEL"}), nil, 400, "BAD_REQUEST"},
		{"a strategy that is not ours", "POST", "/api/conversations", with("strategy", "public:b"), nil, 403, "FORBIDDEN"},
		{"no conversation", "GET", "/api/conversations/none", nil, nil, 404, "NOT_FOUND"},
		{"no list", "GET", path + "/aml/FRIENDS", nil, nil, 404, "NOT_FOUND"},
		{"no transactions", "GET", path + "/bankTransactions", nil, nil, 404, "NOT_FOUND"},
		{"no page", "GET", path + "/aml/PEP?page=-1", nil, nil, 400, "BAD_REQUEST"},
		{"data of what has not ended", "DELETE", path + "?mode=DELETE_DATA", nil, nil, 409, "CONFLICT"},
		{"another mode", "DELETE", path + "?mode=SOME", nil, nil, 400, "BAD_REQUEST"},
	} {
		resp, o := v.do(tt.method, tt.path, tt.body, tt.headers...)
		if resp.StatusCode != tt.status || o["status"] != tt.word || tt.word != nil && o["violations"] == nil {
			t.Errorf("%s: got %d %v, want %d %v with violations", tt.name, resp.StatusCode, o, tt.status, tt.word)
		}
		if tt.status == 401 && resp.Header.Get("WWW-Authenticate") != `Basic realm="Realm"` {
			t.Errorf("%s: got no WWW-Authenticate", tt.name)
		}
	}
}

func TestABearerTokenIsTheAccountForAnHour(t *testing.T) {
	v := newVendor(t)
	form := []string{"Content-Type", "application/x-www-form-urlencoded", "Accept", "application/json"}
	if resp, _ := v.do("POST", "/api/oauth2/token", "grant_type=client_credentials", append(form, "Authorization", "Basic eDp5")...); resp.StatusCode != 401 {
		t.Errorf("a stranger: got %d, want 401", resp.StatusCode)
	}
	if resp, _ := v.do("POST", "/api/oauth2/token", "grant_type=password", form...); resp.StatusCode != 400 {
		t.Errorf("another grant: got %d, want 400", resp.StatusCode)
	}
	resp, o := v.do("POST", "/api/oauth2/token", "grant_type=client_credentials", form...)
	token, _ := o["access_token"].(string)
	if resp.StatusCode != 200 || token == "" || o["token_type"] != "Bearer" || o["expires_in"] != 3600.0 {
		t.Fatalf("got %d %v, want a bearer token", resp.StatusCode, o)
	}
	if resp, _ := v.do("GET", "/api/conversations/none", nil, "Authorization", "Bearer "+token); resp.StatusCode != 404 {
		t.Errorf("with the token: got %d, want 404: it is let in", resp.StatusCode)
	}
	v.clock.Advance(2 * time.Hour)
	if resp, _ := v.do("GET", "/api/conversations/none", nil, "Authorization", "Bearer "+token); resp.StatusCode != 401 {
		t.Errorf("two hours later: got %d, want 401", resp.StatusCode)
	}
}

func TestNothingMakesTwoCreatesOne(t *testing.T) {
	v := newVendor(t, func(c *authologic.Config) { c.Quota = 2 })
	if v.create(v.ana("", products()))["id"] == v.create(v.ana("", products()))["id"] {
		t.Error("two creates: got one conversation")
	}
	if n := v.box.Ledger().Creates["conversation.create"]["cust-1"]; n != 2 {
		t.Errorf("ledger: got %d, want 2", n)
	}
	if resp, _ := v.do("POST", "/api/conversations", v.ana("", products())); resp.StatusCode != http.StatusPaymentRequired {
		t.Errorf("beyond the plan: got %d, want 402", resp.StatusCode)
	}
}

func TestTheStatesOfAConversation(t *testing.T) {
	v := newVendor(t)
	c := v.create(v.ana("", products()))
	if c["status"] != "CREATED" || in(c, "result", "identity", "status") != "IN_PROGRESS" || in(c, "result", "aml", "subscription", "active") != true || in(c, "result", "aml", "found") != nil {
		t.Errorf("created: got %v", c)
	}
	if strings.HasSuffix(c["url"].(string), c["id"].(string)) {
		t.Error("the page's id is the conversation's, and must not be read from it")
	}
	for _, step := range []struct {
		wait   time.Duration
		status string
	}{{20 * time.Second, "IN_PROGRESS"}, {5 * time.Second, "FINISHED"}} {
		v.clock.Advance(step.wait)
		if got := v.get(c)["status"]; got != step.status {
			t.Errorf("after %v more: got %v, want %s", step.wait, got, step.status)
		}
	}
	o := v.get(c)
	if in(o, "result", "identity", "status") != "FINISHED" || in(o, "result", "identity", "user", "person", "name", "firstName") != "Ana" || fmt.Sprint(in(o, "result", "aml", "found")) != "[]" {
		t.Errorf("finished: got %v", o)
	}
}

func TestWithoutAStepItIsFinishedAtOnce(t *testing.T) {
	v := newVendor(t)
	lists := v.create(v.ana("+sanctions", object{"aml": object{"checks": []string{"PEP", "SANCTIONS"}}}))
	v.clock.Advance(time.Second)
	lists = v.get(lists)
	if lists["status"] != "FINISHED" || fmt.Sprint(in(lists, "result", "aml", "found")) != "[PEP SANCTIONS]" {
		t.Errorf("lists only: got %v, want it finished with both", lists)
	}
	_, page := v.do("GET", "/api/conversations/"+lists["id"].(string)+"/aml/SANCTIONS?page=0&pageSize=1", nil)
	if page["more"] != false || len(page["items"].([]any)) != 1 {
		t.Errorf("the page of the list: got %v, want one item and no more", page)
	}
	login := v.create(v.ana("", object{"auth": object{"challenge": "nobody"}, "identity": products()["identity"]}))
	if login["status"] != "FINISHED" || in(login, "result", "auth", "status") != "FAILED" {
		t.Errorf("an unknown challenge: got %v, want it finished, and auth failed", login)
	}
}

func TestTheVendorsTestNames(t *testing.T) {
	v := newVendor(t)
	for last, want := range map[string]string{"Kowalski": "[]", "Biden": "[PEP]", "Shoygu": "[SANCTIONS]", "Kwaśniewski": "[SIP]", "Putin": "[PEP SANCTIONS ADVERSE_MEDIA SIP OTHER]"} {
		o := v.ana("", object{"aml": object{"checks": []string{"PEP", "SANCTIONS", "ADVERSE_MEDIA", "SIP", "OTHER"}}})
		in(o, "hints", "known", "person", "name").(object)["lastName"] = last
		c := v.create(o)
		v.clock.Advance(time.Second)
		if got := fmt.Sprint(in(v.get(c), "result", "aml", "found")); got != want {
			t.Errorf("%s: got %s, want %s", last, got, want)
		}
	}
}

func TestCallbacksAreSignedAndRepeated(t *testing.T) {
	v := newVendor(t)
	for range 30 {
		v.answers = append(v.answers, 500)
	}
	c := v.create(v.ana("", products()))
	v.clock.Advance(40 * time.Second)
	v.clock.Advance(5 * 24 * time.Hour)
	all := v.inbox()
	if len(all) != 20 {
		t.Fatalf("got %d attempts, want 20", len(all))
	}
	if all[1].at != all[0].at || all[19].at.Sub(all[0].at) < 4*24*time.Hour {
		t.Errorf("the second came after %v, the last after %v; want at once, and four days", all[1].at.Sub(all[0].at), all[19].at.Sub(all[0].at))
	}
	for i, h := range all {
		ms, _ := strconv.ParseInt(h.header.Get("X-Signature-Timestamp"), 10, 64)
		if !authentic(h) || !time.UnixMilli(ms).Equal(h.at) {
			t.Errorf("attempt %d is not signed afresh", i+1)
		}
		if h.header.Get("Content-Type") != "application/json;charset=UTF-8" || h.path != "/"+c["id"].(string)+"/CONVERSATION/FINISHED" || string(h.body) != string(all[0].body) {
			t.Errorf("attempt %d: got %s with %s, want the same body at the filled-in address", i+1, h.path, h.header.Get("Content-Type"))
		}
	}
}

func TestMonitoringAndItsEnd(t *testing.T) {
	v := newVendor(t)
	c := v.create(v.ana("+reversal", products()))
	path := "/api/conversations/" + c["id"].(string)
	v.clock.Advance(40 * time.Second)
	v.clock.Advance(2 * time.Minute)
	o := v.get(c)
	if o["status"] != "FINISHED" || fmt.Sprint(in(o, "result", "aml", "found")) != "[SANCTIONS]" || in(o, "result", "aml", "subscription", "lastChanged") == nil {
		t.Errorf("after two minutes: got %v, want a hit", o)
	}
	if all := v.inbox(); len(all) != 2 || !strings.HasSuffix(all[1].path, "/SUBSCRIPTION/NEW_DATA") {
		t.Errorf("got %d callbacks, want the end and the news", len(all))
	}
	for _, step := range []struct {
		path   string
		status int
		detail any
	}{
		{path, 409, "ConversationAlreadyFinished"}, {path + "?mode=DELETE_DATA", 409, "ActiveSubscriptionExists"},
		{"/api/subscriptions/" + c["id"].(string) + "/aml", 204, nil}, {"/api/subscriptions/" + c["id"].(string) + "/aml", 400, nil},
		{path + "?mode=DELETE_DATA", 202, nil}, {path, 410, nil},
	} {
		resp, o := v.do("DELETE", step.path, nil)
		if resp.StatusCode != step.status || o["statusDetail"] != step.detail {
			t.Errorf("DELETE %s: got %d %v, want %d %v", step.path, resp.StatusCode, o, step.status, step.detail)
		}
		v.clock.Advance(2 * time.Second) // an order: its effect comes later
	}
	if resp, o := v.do("GET", path, nil); resp.StatusCode != 410 || o["status"] != "GONE" {
		t.Errorf("after all: got %d %v, want 410 GONE", resp.StatusCode, o)
	}
}

func TestAnErrorIsOfReadingOnly(t *testing.T) {
	v := newVendor(t)
	c := v.create(v.ana("+error", products()))
	for n, want := range []int{500, 500, 200} {
		if resp, _ := v.do("GET", "/api/conversations/"+c["id"].(string), nil); resp.StatusCode != want {
			t.Errorf("read %d: got %d, want %d", n+1, resp.StatusCode, want)
		}
	}
}
