package main

import (
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"

	"github.com/bonafide-id/bonafide/events"
)

func TestDeadLettersAreListedShownAndPutBack(t *testing.T) {
	vars := live(t)
	nc, err := nats.Connect(vars["NATS_URL"])
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if code, out, complaints := bonafide(t, vars, "dlq", "list"); code != 0 || !strings.Contains(out, "no dead letters") {
		t.Fatalf("dlq list: exit %d, want 0 and none; got:\n%s%s", code, out, complaints)
	}
	canary := `{"flow":"Quenlabrix"`
	m := &nats.Msg{Subject: "bf.redrive.sumsub.4711", Data: []byte(canary), Header: nats.Header{"ce-specversion": {"1.0"}, "ce-id": {"x"}, "ce-source": {"/x"}, "ce-type": {events.TypeCheckRequested}}}
	for _, m := range []*nats.Msg{m, {Subject: "bonafide.requests.NOBODY", Data: []byte(canary)}} {
		if _, err := nc.RequestMsg(m, 5*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	list := func() map[string]deadLetter {
		t.Helper()
		code, out, complaints := bonafide(t, vars, "dlq", "list", "--json")
		var l struct {
			Items []deadLetter `json:"items"`
		}
		if err := json.Unmarshal([]byte(out), &l); err != nil || code != 0 {
			t.Fatalf("dlq list --json: exit %d, %v:\n%s%s", code, err, out, complaints)
		}
		if strings.Contains(out, "Quenlabrix") {
			t.Errorf("dlq list prints what somebody sent:\n%s", out)
		}
		by := map[string]deadLetter{}
		for _, i := range l.Items {
			by[i.Provider] = i
		}
		return by
	}
	var task, request deadLetter
	for over := time.Now().Add(20 * time.Second); task.ID == 0 || request.ID == 0; task, request = list()["sumsub"], list()["ingest"] {
		if time.Now().After(over) {
			t.Fatalf("dead letters = %+v, want that of the task and that of the request", list())
		}
	}
	if task.Class != "malformed" || task.Op != "dispatch.task" || task.Cause == "" || task.Time.IsZero() || request.Op != "ingest.request" {
		t.Errorf("dead letters = %+v and %+v", task, request)
	}
	word := func(l deadLetter) string { b, _ := json.Marshal(l.ID); return string(b) }
	if code, out, _ := bonafide(t, vars, "dlq", "show", word(request)); code != 0 || !strings.Contains(out, "sealed under key") || strings.Contains(out, "Quenlabrix") {
		t.Errorf("dlq show: exit %d, want 0 and that it is sealed; got:\n%s", code, out)
	}
	if code, out, _ := bonafide(t, vars, "dlq", "redrive", word(request), "--json"); code != exitBad || !strings.Contains(out, `"refused"`) {
		t.Errorf("dlq redrive of a request of nobody: exit %d, want %d and that it is refused; got:\n%s", code, exitBad, out)
	}
	if code, out, complaints := bonafide(t, vars, "dlq", "redrive", word(task)); code != 0 || !strings.Contains(out, "redriven") {
		t.Errorf("dlq redrive of a task: exit %d, want 0; got:\n%s%s", code, out, complaints)
	}
	for over := time.Now().Add(20 * time.Second); list()["sumsub"].ID <= task.ID; { // it is as broken as before, and is a new letter
		if time.Now().After(over) {
			t.Fatalf("the task did not come back: %+v", list())
		}
	}
	if code, _, complaints := bonafide(t, vars, "dlq", "show", word(task)); code != exitBad || !strings.Contains(complaints, "no such dead letter") {
		t.Errorf("dlq show of one that was put back: exit %d, want %d; got:\n%s", code, exitBad, complaints)
	}
	for _, args := range [][]string{{"dlq", "redrive"}, {"dlq", "redrive", "--all", "1"}, {"dlq", "show", "x"}} {
		if code, _, _ := bonafide(t, vars, args...); code != exitUsage {
			t.Errorf("%v: exit %d, want %d", args, code, exitUsage)
		}
	}
}
