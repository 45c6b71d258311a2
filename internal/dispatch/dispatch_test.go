package dispatch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/seal"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/subject"
)

func TestEveryCallIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.start("a", nil, open(t, acmeSpec, &vendor{send: answering("completed")}, plainly))
	const tasks = 60
	for n := range tasks {
		w.post(w.task(n, make([]events.Call, 5)...))
	}
	w.await(tasks * 5)
	r.end(t)
	seen := map[string]int{}
	for _, a := range w.answers() {
		seen[a.Operation]++
		if a.Status != events.AnswerCompleted || len(a.Findings) != 1 || a.Mapping != "acme/1" || string(a.Ref) != `{"id":"a1"}` || a.PollAfter != 0 {
			t.Fatalf("answer: got %+v, want completed with one finding", a)
		}
	}
	for _, e := range w.inputs {
		if !e.Compact {
			t.Errorf("answer %s is stored in binary mode, want the compact form", e.ID)
		}
	}
	if len(seen) != tasks*5 {
		t.Errorf("operations answered: got %d, want %d", len(seen), tasks*5)
	}
	for op, n := range seen {
		if n != 1 {
			t.Errorf("answers to %s: got %d, want 1", op, n)
		}
	}
	var kept providers.Reply
	if err := json.Unmarshal(w.plain(w.answers()[7]), &kept); err != nil || string(kept.Exchanges[0].Body) != "completed" {
		t.Errorf("evidence: got %+v, %v; want the reply as received", kept, err)
	}
}

func TestARequestHoldsThePersonAndTheirDocuments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	scan := bytes.Repeat([]byte("page "), 40_000)
	task := w.task(1, events.Call{Params: jsontext.Value(`{"level":"x"}`), Ref: jsontext.Value(`{"id":"before"}`)})
	var out bytes.Buffer
	key, sum, size, err := w.sealer.SealStream(t.Context(), seal.AAD{Verification: task.ID, Kind: seal.KindDocument, Tenant: "acme"}, bytes.NewReader(scan), &out)
	if err != nil {
		t.Fatal(err)
	}
	ref := "ab/" + strings.Repeat("0", 38)
	if err := w.blobs.Put(t.Context(), ref, &out); err != nil {
		t.Fatal(err)
	}
	task.Calls[0].Documents = []events.Document{{Type: "PASSPORT", Side: "FRONT", Country: "POL", MediaType: "image/jpeg", Size: size, SHA256: sum, Ref: ref, Key: key}}
	got := make(chan error, 1)
	w.start("a", nil, open(t, acmeSpec, &vendor{send: func(ctx context.Context, _ *http.Client, r providers.Request) (providers.Reply, error) {
		var problems []error
		check := func(what, got, want string) {
			if got != want {
				problems = append(problems, fmt.Errorf("%s: got %q, want %q", what, got, want))
			}
		}
		check("name", r.Subject.Person.Name.FirstName, "Ana")
		check("operation", r.Operation, task.ID+".c0.1")
		check("external id", r.ExternalID, task.ID+".c0")
		check("callback", r.CallbackURL, "https://bonafide.example/webhooks/acme/"+task.ID)
		check("params", string(r.Params), `{"level":"x"}`)
		check("ref", string(r.Ref), `{"id":"before"}`)
		for range 2 { // from the start, each time
			f, err := r.Documents[0].Open(ctx)
			if err != nil {
				problems = append(problems, err)
				break
			}
			b, err := io.ReadAll(f)
			if err := errors.Join(err, f.Close()); err != nil || !bytes.Equal(b, scan) {
				problems = append(problems, fmt.Errorf("document: got %d bytes, %v; want %d", len(b), err, len(scan)))
			}
		}
		got <- errors.Join(problems...)
		return says("pending"), nil
	}}, plainly))
	w.post(task)
	if err := <-got; err != nil {
		t.Error(err)
	}
	if a := w.await(1)[0]; a.Status != events.AnswerPending || a.PollAfter != time.Minute.Milliseconds() {
		t.Errorf("answer: got %s with poll after %d ms, want pending and a minute", a.Status, a.PollAfter)
	}
}

func TestTheDossierIsReadFromTheRequestWhereTheTaskDoesNotHoldIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	task := w.task(1, events.Call{Kind: events.CallPoll})
	at, err := w.bus.Put(t.Context(), events.Event{ID: "o", Source: "/test", Subject: task.ID, Time: time.Now(), Data: events.VerificationOpened{ID: task.ID, Tenant: "acme", Flow: "f", Sealed: *task.Sealed}})
	if err != nil {
		t.Fatal(err)
	}
	task.Sealed, task.Opened = nil, at.Seq
	names := make(chan string, 1)
	w.start("a", func(c *Config) { c.PollInterval = 7 * time.Second }, open(t, acmeSpec, &vendor{poll: func(_ context.Context, _ *http.Client, r providers.Request) (providers.Reply, error) {
		names <- r.Subject.Person.Name.LastName
		return says("in_review"), nil
	}}, plainly))
	w.post(task)
	if got := <-names; got != "Reyes" {
		t.Errorf("name: got %q, want Reyes", got)
	}
	a := w.await(1)[0]
	if a.Status != events.AnswerInReview || a.PollAfter != 7000 || a.Evidence == nil || a.Evidence.Sealed.Key == 0 {
		t.Errorf("answer: got %+v, want in_review, poll after 7000 ms and evidence", a)
	}
}

func TestFailuresAreAnsweredByTheirClass(t *testing.T) {
	for _, tt := range []struct {
		class  fault.Class
		status string
	}{
		{fault.Transient, events.AnswerRetry}, {fault.RateLimited, events.AnswerRetry}, {fault.Ambiguous, events.AnswerRetry},
		{fault.Unauthorized, events.AnswerRetry}, {fault.Unknown, events.AnswerRetry}, {fault.Invalid, events.AnswerFailed}, {fault.Malformed, events.AnswerRetry},
	} {
		l := &line{spec: acmeSpec}
		a := l.failure(&task{}, &events.Call{}, &fault.Error{Class: tt.class, Op: "acme.send", RetryAfter: 3 * time.Second})
		if a.Status != tt.status || a.Class != string(tt.class) || a.Why == "" || a.RetryAfter != 3000 {
			t.Errorf("%s: got %+v, want %s with a reason in words", tt.class, a, tt.status)
		}
	}
	unclassified := (&line{spec: acmeSpec}).failure(&task{}, &events.Call{}, errors.New("Ana Reyes is not at home"))
	if strings.Contains(unclassified.Why, "Ana") || unclassified.Class != string(fault.Unknown) {
		t.Errorf("unclassified: got %+v, want words of ours", unclassified)
	}
}

func TestAVendorThatHangsIsGivenUpInTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	spec := acmeSpec
	spec.Timeout = 50 * time.Millisecond
	w.start("a", nil, open(t, spec, &vendor{send: func(ctx context.Context, _ *http.Client, _ providers.Request) (providers.Reply, error) {
		<-ctx.Done()
		return providers.Reply{}, ctx.Err()
	}}, plainly))
	w.post(w.task(1, events.Call{}))
	if a := w.await(1)[0]; a.Status != events.AnswerRetry || a.Class != string(fault.Transient) {
		t.Errorf("answer: got %s %s, want retry transient", a.Status, a.Class)
	}
}

func TestNothingIsSentAfterTheDeadlineButPollsAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	past := time.Now().Add(-time.Minute)
	var sent atomic.Int32
	w.start("a", nil, open(t, acmeSpec, &vendor{
		send: func(context.Context, *http.Client, providers.Request) (providers.Reply, error) {
			sent.Add(1)
			return says("completed"), nil
		},
		poll: answering("completed"),
	}, plainly))
	w.post(w.task(1, events.Call{Deadline: past}, events.Call{Kind: events.CallPoll, Deadline: past}))
	for _, a := range w.await(2) {
		want := map[string]string{events.CallSend: events.AnswerFailed, events.CallPoll: events.AnswerCompleted}[a.Kind]
		if a.Status != want {
			t.Errorf("%s after the deadline: got %s (%s), want %s", a.Kind, a.Status, a.Why, want)
		}
	}
	if sent.Load() != 0 {
		t.Errorf("sent: got %d, want nothing", sent.Load())
	}
}

func TestGarbageAndPanicsFailTheCallOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start("a", nil, open(t, acmeSpec, &vendor{send: func(_ context.Context, _ *http.Client, r providers.Request) (providers.Reply, error) {
		switch r.Check {
		case "c0":
			return says("<html>CANARY-778899"), nil
		case "c1":
			panic("CANARY-778899")
		}
		return says("completed"), nil
	}}, plainly))
	w.post(w.task(1, make([]events.Call, 3)...))
	for _, a := range w.await(3) {
		want := events.AnswerRetry
		if a.Check == "c2" {
			want = events.AnswerCompleted
		}
		if a.Status != want || want == events.AnswerRetry && a.Class != string(fault.Malformed) {
			t.Errorf("%s: got %s %s, want %s", a.Check, a.Status, a.Class, want)
		}
		if a.Check == "c0" && !bytes.Contains(w.plain(a), []byte("exchanges")) {
			t.Errorf("garbage is not kept as evidence")
		}
	}
}

func TestLongRepliesLieInTheBlobStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	long := strings.Repeat("x", 3*mostInline)
	w.start("a", nil, open(t, acmeSpec, &vendor{send: answering(long)}, func(providers.Reply) (providers.Outcome, error) {
		return providers.Outcome{Status: events.AnswerCompleted, Unknown: []string{"x", "y"}}, nil
	}))
	w.post(w.task(1, events.Call{}))
	a := w.await(1)[0]
	if a.Evidence == nil || a.Evidence.Sealed != nil || a.Evidence.Ref == "" || a.Evidence.Key == 0 || len(a.Evidence.SHA256) != 64 {
		t.Fatalf("evidence: got %+v, want it in the blob store", a.Evidence)
	}
	if b := w.plain(a); int64(len(b)) != a.Evidence.Size || len(b) < len(long) {
		t.Errorf("evidence: got %d bytes, want %d and more than %d", len(b), a.Evidence.Size, len(long))
	}
}

func TestAnErasedPersonIsNotCalledFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var erased, sent atomic.Int32
	v := &erasing{erased: func(r providers.Request) error {
		erased.Add(1)
		if r.Subject.Person != nil || string(r.Ref) != `{"id":"a1"}` {
			return fault.New(fault.Invalid, "acme.erase", "not as asked")
		}
		return nil
	}}
	v.send = func(context.Context, *http.Client, providers.Request) (providers.Reply, error) {
		sent.Add(1)
		return says("completed"), nil
	}
	w.start("a", nil, open(t, acmeSpec, v, plainly))
	gone := w.task(1, events.Call{})
	if err := w.bus.DestroyKey(t.Context(), gone.Sealed.Key); err != nil {
		t.Fatal(err)
	}
	w.post(gone)
	if a := w.await(1)[0]; a.Status != events.AnswerFailed || a.Class != string(fault.Invalid) || sent.Load() != 0 {
		t.Errorf("send: got %s %s and %d calls, want failed invalid and none", a.Status, a.Class, sent.Load())
	}
	erase := w.task(2, events.Call{Kind: events.CallErase, Ref: jsontext.Value(`{"id":"a1"}`)})
	if err := w.bus.DestroyKey(t.Context(), erase.Sealed.Key); err != nil {
		t.Fatal(err)
	}
	w.post(erase)
	if a := w.await(2)[1]; a.Status != events.AnswerErased || erased.Load() != 1 || a.Evidence != nil {
		t.Errorf("erase: got %+v after %d calls, want erased, one call, no evidence", a, erased.Load())
	}
}

func TestMessagesForTheSubjectRepeatNothingOfThem(t *testing.T) {
	d := &events.Dossier{Subject: ana, AssociatedPersons: []events.AssociatedPerson{{Person: subject.Person{Name: &subject.PersonName{LastName: "Kowalski"}}}}}
	for message, want := range map[string]string{
		"The photograph is blurred.":          "The photograph is blurred.",
		"Dear Ána, the photograph is bad.":    "",
		"Number CANARY 778 899 is unknown.":   "",
		"Mr KOWALSKI must sign.":              "",
		"Born 03/02/1990? Send your passport": "",
	} {
		got := actions([]providers.Action{{Type: "resubmit", Message: message, Document: "PASSPORT"}}, d)
		if got[0].Message != want || got[0].Document != "PASSPORT" {
			t.Errorf("%q: got %q, want %q", message, got[0].Message, want)
		}
	}
	for _, message := range []string{"", "Mr KOWALSKI must sign."} {
		got := actions([]providers.Action{{Type: "resubmit", Message: message, Reasons: []string{"blurred", "a word of nobody's"}}}, d)
		if want, _ := providers.ReasonText("blurred"); got[0].Message != want {
			t.Errorf("%q because of blurred: got %q, want %q", message, got[0].Message, want)
		}
	}
}

func TestWhatCannotBeReadIsKeptAndTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start("a", nil, open(t, acmeSpec, &vendor{send: answering("completed")}, plainly))
	good := w.task(1, events.Call{})
	h, body, err := events.Encode(events.Event{ID: "x", Source: "/test", Subject: good.ID, Time: time.Now(), Data: good})
	if err != nil {
		t.Fatal(err)
	}
	w.inSeq++
	w.append(h, []byte("nonsense"))
	w.inSeq++
	w.append(h, bytes.Replace(body, []byte(`"subjectType":"person"`), []byte(`"subjectType":7`), 1))
	if err := w.log.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := w.await(1)[0]; a.ID != good.ID || a.Status != events.AnswerFailed || a.Class != string(fault.Malformed) || a.Operation != good.Calls[0].Operation {
		t.Errorf("answer: got %+v, want that the call failed", a)
	}
	eventually(t, "two dead letters", func() bool { return strings.Count(w.lines.String(), "dead letter") == 2 })
	w.post(w.task(2, events.Call{}))
	if a := w.await(2)[1]; a.Status != events.AnswerCompleted {
		t.Errorf("the next task: got %s, want completed", a.Status)
	}
}

func TestStoppingFinishesWhatItCanAndHandsBackTheRest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	begun := make(chan string, 16)
	finish := make(chan struct{})
	first := w.start("a", func(c *Config) { c.StopTimeout = 300 * time.Millisecond }, open(t, acmeSpec, &vendor{send: func(ctx context.Context, _ *http.Client, r providers.Request) (providers.Reply, error) {
		begun <- r.Operation
		if r.Verification == idOf(0) {
			select {
			case <-finish:
				return says("completed"), nil
			case <-ctx.Done():
			}
		}
		<-ctx.Done()
		return providers.Reply{}, fault.Wrap(fault.ClassOf(ctx.Err()), "acme.send", ctx.Err())
	}}, plainly))
	for n := range 4 {
		w.post(w.task(n, events.Call{}))
	}
	for range 4 {
		<-begun
	}
	first.stop()
	close(finish)
	first.end(t)
	if a := w.answers(); len(a) > 1 {
		t.Errorf("answers of who stops: got %d, want at most the one that finished", len(a))
	}
	w.start("b", nil, open(t, acmeSpec, &vendor{send: answering("completed")}, plainly))
	seen := map[string]bool{}
	for _, a := range w.await(4) {
		if a.Status != events.AnswerCompleted || seen[a.Operation] {
			t.Errorf("answer: got %s %s (again: %v), want completed once", a.Operation, a.Status, seen[a.Operation])
		}
		seen[a.Operation] = true
	}
}

func TestNobodysDataLeavesButSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	canaries := []string{"Reyes", "1990-02-03", "CANARY", "778899", "PAGE-OF-THE-DOCUMENT"}
	task := w.task(1, make([]events.Call, 4)...)
	var out bytes.Buffer
	key, _, _, err := w.sealer.SealStream(t.Context(), seal.AAD{Verification: task.ID, Kind: seal.KindDocument, Tenant: "acme"}, strings.NewReader("PAGE-OF-THE-DOCUMENT"), &out)
	if err != nil {
		t.Fatal(err)
	}
	ref := "ab/" + strings.Repeat("0", 38)
	if err := w.blobs.Put(t.Context(), ref, &out); err != nil {
		t.Fatal(err)
	}
	for i := range task.Calls {
		task.Calls[i].Documents = []events.Document{{Type: "PASSPORT", Ref: ref, Key: key}}
	}
	loud := func(ctx context.Context, _ *http.Client, r providers.Request) (providers.Reply, error) {
		f, err := r.Documents[0].Open(ctx)
		if err != nil {
			return providers.Reply{}, err
		}
		defer f.Close()
		b, _ := io.ReadAll(f)
		all := fmt.Sprintf("%s %s %s", r.Subject.Person.Name.LastName, r.Subject.Person.IDs.NationalID, b)
		switch r.Check {
		case "c0":
			return providers.Reply{}, errors.New("vendor: " + all)
		case "c1":
			return says("what is " + all), nil
		case "c2":
			panic(all)
		}
		return says("completed"), nil
	}
	read := func(r providers.Reply) (providers.Outcome, error) {
		if string(r.Exchanges[0].Body) != "completed" {
			return providers.Outcome{}, fmt.Errorf("read: %s", r.Exchanges[0].Body)
		}
		return providers.Outcome{
			Status: "awaiting_subject", Unknown: []string{"Reyes"}, Extracted: ana.Person,
			Actions: []providers.Action{{Type: "resubmit", Message: "Ana Reyes, born 1990-02-03, send CANARY-778899 again"}},
		}, nil
	}
	w.start("a", func(c *Config) { c.Registerer = w.reg }, open(t, acmeSpec, &vendor{send: loud}, read))
	w.post(task)
	w.await(4)
	var shown strings.Builder
	shown.WriteString(w.lines.String())
	families, err := w.reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		shown.WriteString(f.String())
	}
	for _, a := range w.answers() {
		_, body, err := events.Encode(events.Event{ID: "x", Source: "/test", Data: a})
		if err != nil {
			t.Fatal(err)
		}
		shown.Write(body)
	}
	for _, c := range canaries {
		if strings.Contains(shown.String(), c) {
			t.Errorf("%q is shown in:\n%s", c, shown.String())
		}
	}
	if !strings.Contains(shown.String(), "bonafide_calls_total") || strings.Contains(shown.String(), `value:"vrf_`) {
		t.Errorf("metrics: want calls counted and no ids in labels, got:\n%s", shown.String())
	}
}

// The fast path: five calls a task, answered in the process, everything stored.
func BenchmarkTasksOfFiveCalls(b *testing.B) {
	w := newWorld(b)
	spec := acmeSpec
	spec.Concurrency = 1024
	var tasks []events.CheckRequested
	for n := range b.N {
		tasks = append(tasks, w.task(n, make([]events.Call, 5)...))
	}
	w.post(tasks...)
	b.ReportAllocs()
	b.ResetTimer()
	w.start("a", nil, open(b, spec, &vendor{send: answering("completed")}, plainly))
	for w.counted.Load() < int64(5*b.N) {
		<-w.changed
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "verifications/s")
}
