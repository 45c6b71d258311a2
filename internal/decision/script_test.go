package decision_test

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	. "github.com/bonafide-id/bonafide/internal/decision"
)

// The words of scripts, and how results are written.

func pairs(words []string) (args []string, kv map[string]string) {
	kv = map[string]string{}
	for _, w := range words {
		if k, v, ok := strings.Cut(w, "="); ok {
			kv[k] = v
		} else {
			args = append(args, w)
		}
	}
	return args, kv
}

func list(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

func span(s string) time.Duration {
	if s == "" {
		return 0
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		panic(err)
	}
	return d
}

// configure reads a line of the policy.
func (th *theatre) configure(words []string) (bool, error) {
	args, kv := pairs(words[1:])
	p := th.policy
	switch words[0] {
	case "check":
		n, _ := strconv.Atoi(kv["attempts"])
		c := Check{Name: args[0], Components: list(kv["components"]), On: list(kv["on"]), After: list(kv["after"]),
			Attempts: n, Deadline: span(kv["deadline"]), Optional: kv["optional"] == "yes"}
		for _, name := range list(kv["providers"]) {
			c.Providers = append(c.Providers, Route{Provider: name})
		}
		for _, w := range list(kv["split"]) {
			name, percent, _ := strings.Cut(w, ":")
			n, _ := strconv.Atoi(percent)
			c.Split = append(c.Split, Share{Provider: name, Percent: n})
		}
		if kv["persons"] != "" {
			c.Components, c.Parties = []string{Persons}, &PartyRule{Flow: kv["persons"], Roles: roles(kv["roles"])}
		}
		if when := kv["when"]; when != "" {
			c.When = condition(when)
		}
		p.Checks = append(p.Checks, c)
	case "require":
		p.Require = args
	case "deadline":
		p.Deadline = span(args[0])
	case "tell":
		p.Tell = args
	case "watch":
		p.Watch = span(args[0])
	case "subject":
		p.Subject = args[0]
	case "foureyes":
		p.FourEyes = true
	case "expire":
		p.Expire = map[string]Expiry{}
		for k, v := range kv {
			after, then, _ := strings.Cut(v, ":")
			e := Expiry{Until: after == "until", Recheck: then != "", Stands: then == "recheck"}
			if !e.Until {
				e.After = span(after)
			}
			p.Expire[k] = e
		}
	case "rule":
		p.Rules = append(p.Rules, Rule{Text: kv["if"], If: condition(kv["if"]), Reads: reads(kv["if"]), Result: kv["result"], Reason: kv["reason"], Review: kv["review"] == "yes"})
	default:
		return false, nil
	}
	return true, nil
}

// condition reads component:result, country:code or error.
func condition(s string) Condition {
	name, want, _ := strings.Cut(s, ":")
	return func(f Facts) (bool, error) {
		if name == "error" {
			return false, errors.New("broken")
		}
		if name == "country" {
			return f.Country == want, nil
		}
		for _, x := range f.Findings {
			if x.Component == name {
				return x.Result == want, nil
			}
		}
		return false, nil
	}
}

// reads returns the component that a condition asks about, if it does.
func reads(condition string) []string {
	if name, _, _ := strings.Cut(condition, ":"); name != "country" && name != "error" {
		return []string{name}
	}
	return nil
}

func documents(s string) []Document {
	var out []Document
	for _, w := range list(s) {
		rest, person, _ := strings.Cut(w, "@")
		kind, side, _ := strings.Cut(rest, "/")
		out = append(out, Document{Type: kind, Side: side, Person: person, MediaType: "image/jpeg", Ref: "blob-" + strings.ToLower(w)})
	}
	return out
}

// input reads a line that is a fact.
func (th *theatre) input(words []string) (in Input, known bool, err error) {
	args, kv := pairs(words[1:])
	th.seq++
	if at := kv["at"]; at != "" {
		th.at = span(at)
	} else {
		th.at += time.Second
	}
	in = Input{Seq: th.seq, At: start.Add(th.at)}
	arg := func(i int) string {
		if i < len(args) {
			return args[i]
		}
		return ""
	}
	switch words[0] {
	case "open":
		b := Opened{ID: "vrf_story", Tenant: "acme", Flow: "story", FlowDigest: "sha256:00", SubjectType: th.policy.Subject,
			Reference: kv["reference"], Country: kv["country"], Documents: documents(kv["docs"]), Hold: kv["hold"] == "yes"}
		for _, p := range list(kv["parties"]) {
			b.Parties = append(b.Parties, party(p))
		}
		if kv["parent"] != "" {
			round, _ := strconv.Atoi(kv["round"])
			b.Parent = &Parent{ID: kv["parent"], As: b.ID, Round: round}
		}
		in.Body = b
	case "flow":
		in.Body = FlowKnown{}
	case "docs":
		in.Body = DocumentsAdded{Documents: documents(arg(0)), Dedupe: kv["dedupe"]}
	case "correct":
		in.Body = Corrected{Dedupe: kv["dedupe"]}
	case "submit":
		in.Body = Submitted{}
	case "cancel":
		in.Body = Cancelled{}
	case "recheck":
		in.Body = Rechecked{Dedupe: kv["dedupe"]}
	case "review":
		in.Body = Reviewed{Result: arg(0), Component: kv["component"], Reviewer: cmp.Or(kv["by"], "key-1")}
	case "claim":
		in.Body = Claimed{Reviewer: arg(0)}
	case "unclaim":
		in.Body = Claimed{Reviewer: arg(0), GivenBack: true}
	case "erase":
		in.Body = Erased{}
	case "link":
		in.Body = LinkRequested{Check: arg(0), Provider: kv["provider"], Makers: list(kv["makers"]), Fresh: kv["fresh"] == "yes", Dedupe: kv["dedupe"]}
	case "hint":
		in.Body = Hinted{Provider: arg(0), Check: arg(1), Dedupe: kv["dedupe"]}
	case "report":
		in.Body, err = report(th.seq, args, kv)
	case "release":
		in.Body = Released{Parent: arg(0), Erase: kv["erase"] == "yes"}
	case "tick":
		in.Body = Tick{}
	case "answer":
		in.Body, err = answer(in.At, args, kv)
	default:
		return in, false, errors.New("unknown command")
	}
	return in, kv["flow"] != "unknown", err
}

// roles reads ROLE:PERCENT or ROLE:required.
func roles(s string) (out []RoleRule) {
	for _, w := range list(s) {
		name, rest, _ := strings.Cut(w, ":")
		over, err := strconv.ParseFloat(rest, 64)
		out = append(out, RoleRule{Role: name, Over: over, Required: err != nil})
	}
	return out
}

// party reads REFERENCE:ROLE:PERCENT:ID:OWN, of which all but the first may be absent.
func party(s string) Party {
	w := append(strings.Split(s, ":"), "", "", "", "")
	if w[1] == "" {
		w[1] = "UBO"
	}
	owns, _ := strconv.ParseFloat(w[2], 64)
	return Party{Reference: w[0], Role: w[1], Ownership: owns, ID: w[3], Own: w[4]}
}

// report reads: report ID STATUS result:confidence:codes… revision=N as=ID seq=N round=N
func report(seq uint64, args []string, kv map[string]string) (r Reported, err error) {
	if len(args) < 2 {
		return Reported{}, errors.New("report needs an id and a status")
	}
	r = Reported{Person: args[0], As: args[0], Word: Word{Seq: seq, Status: args[1]}}
	if kv["as"] != "" {
		r.As = kv["as"]
	}
	if kv["round"] != "" {
		r.Round, err = strconv.Atoi(kv["round"])
	}
	if err == nil && kv["seq"] != "" {
		r.Word.Seq, err = strconv.ParseUint(kv["seq"], 10, 64)
	}
	if len(args) > 2 {
		p := strings.Split(args[2], ":")
		r.Word.Result, r.Word.Revision = p[0], 1
		if len(p) > 1 {
			r.Word.Confidence, err = strconv.ParseFloat(p[1], 64)
		}
		if len(p) > 2 {
			r.Word.Reasons = p[2:]
		}
		if kv["revision"] != "" {
			r.Word.Revision, err = strconv.Atoi(kv["revision"])
		}
	}
	return r, err
}

// answer reads: answer CHECK PROVIDER KIND#ATTEMPT.TRY STATUS component=result:confidence:codes… says=REASONING_OF_ALL action=TYPE/SIDE
// marks=OF:SUM+SUM,…
func answer(at time.Time, args []string, kv map[string]string) (a Answered, err error) {
	if len(args) != 4 {
		return Answered{}, errors.New("answer needs check, provider, call and status")
	}
	a = Answered{Check: args[0], Provider: args[1], Status: args[3], ObservedAt: at, Ref: kv["ref"], Class: kv["class"],
		Why: kv["why"], RetryAfter: span(kv["retry"]), PollAfter: span(kv["poll"]), Evidence: kv["evidence"], Mapping: kv["mapping"]}
	kind, rest, _ := strings.Cut(args[2], "#")
	attempt, try, _ := strings.Cut(rest, ".")
	a.Kind = kind
	a.Attempt, _ = strconv.Atoi(attempt)
	a.Try, _ = strconv.Atoi(try)
	if o := kv["observed"]; o != "" {
		a.ObservedAt = start.Add(span(o))
	}
	for _, w := range list(kv["findings"]) {
		name, word, ok := strings.Cut(w, "=")
		p := strings.Split(word, ":")
		if !ok || len(p) < 2 {
			return Answered{}, fmt.Errorf("finding %q", w)
		}
		f := Finding{Result: p[0]}
		f.Component, f.Person, _ = strings.Cut(name, "@")
		f.Confidence, err = strconv.ParseFloat(p[1], 64)
		if err != nil {
			return Answered{}, err
		}
		if len(p) > 2 {
			f.Reasons = p[2:]
		}
		f.Reasoning = strings.ReplaceAll(kv["says"], "_", " ")
		if x := kv["expires"]; x != "" {
			f.Expires = TimeOf(start.Add(span(x)))
		}
		a.Findings = append(a.Findings, f)
	}
	for _, w := range list(kv["marks"]) {
		of, sums, _ := strings.Cut(w, ":")
		a.Marks = append(a.Marks, Mark{Of: of, Sums: strings.Split(sums, "+")})
	}
	for _, d := range documents(kv["resubmit"]) {
		a.Actions = append(a.Actions, Action{Type: "resubmit", Document: d.Type, Side: d.Side, Person: d.Person})
	}
	if kv["data"] == "wrong" {
		a.Actions = append(a.Actions, Action{Type: "correct_data"})
	}
	if kv["link"] != "" {
		link := Action{Type: "open_link", URL: kv["link"]}
		if x := kv["until"]; x != "" {
			link.ExpiresAt = TimeOf(start.Add(span(x)))
		}
		a.Actions = append(a.Actions, link)
	}
	return a, nil
}

func (th *theatre) effect(e Effect) string {
	switch e := e.(type) {
	case Call:
		s := fmt.Sprintf("call %s %s#%d.%d at %s", e.Kind, e.Check, e.Attempt, e.Try, e.Provider)
		if e.Conclusion != "" {
			s += " that it is " + e.Conclusion
		}
		if e.Ref != "" {
			s += " ref=" + e.Ref
		}
		if e.Earlier != "" {
			s += " earlier=" + e.Earlier
		}
		for _, d := range e.Documents {
			s += " " + d.Type
			if d.Side != "" {
				s += "/" + d.Side
			}
			if d.Person != "" {
				s += "@" + d.Person
			}
		}
		return s
	case Decide:
		d := th.state.View().Decision
		s := fmt.Sprintf("decide %d %s %v %v final=%v: %s", e.Revision, e.Result, d.Confidence, d.Reasons, d.Final, d.Reasoning)
		if d.Cause != "" {
			s += fmt.Sprintf(" (cause: %s; supersedes %d)", d.Cause, *d.Supersedes)
		}
		return s
	case Ask:
		s := "ask"
		for _, a := range e.Actions {
			s += " " + strings.TrimRight(a.Type+":"+a.Document+"/"+a.Side+a.URL, "/")
		}
		return s
	case Fail:
		return "fail " + e.Class + ": " + e.Reason
	case Gone:
		return "gone"
	case Begin:
		s := "begin " + strings.Join(e.Persons, " ")
		if e.Round > 0 {
			s += fmt.Sprintf(" round=%d", e.Round)
		}
		return s
	case Tell:
		s := fmt.Sprintf("tell %s that %s is %s", e.Parent, e.As, e.Word.Status)
		if e.Word.Revision > 0 {
			s += fmt.Sprintf(": %d %s %v %v", e.Word.Revision, e.Word.Result, e.Word.Confidence, e.Word.Reasons)
		}
		if e.Round > 0 {
			s += fmt.Sprintf(" round=%d", e.Round)
		}
		return s
	case Release:
		return fmt.Sprintf("release %s erase=%v", e.Person, e.Erase)
	case Forget:
		return "forget"
	}
	return "unknown effect"
}

func (th *theatre) summary() string {
	v := th.state.View()
	s := "= " + v.Status
	for _, c := range v.Checks {
		s += fmt.Sprintf(" | %s %s", c.Name, c.Status)
		if c.Provider != "" {
			s += fmt.Sprintf(" %s#%d", c.Provider, c.Attempt)
		}
		if c.Split != nil {
			s += fmt.Sprintf(" [split %s:%d]", c.Split.Provider, c.Split.Percent)
		}
		if c.Reason != "" {
			s += " (" + c.Reason + ")"
		}
	}
	for _, p := range v.AssociatedPersons {
		s += fmt.Sprintf(" | %s %s", p.Reference, p.Result)
		if p.ID != "" {
			s += " (" + p.ID + " " + p.Status + ")"
		}
	}
	if p, ok := th.state.Page("", "", start.Add(th.at)); ok {
		s += fmt.Sprintf(" | page of %s at %s", p.Check, p.Provider)
		switch {
		case p.Making:
			s += " is being made"
		case p.Class != "":
			s += " is refused (" + p.Class + ": " + p.Why + ")"
		default:
			s += ": " + p.URL
		}
	}
	if at, ok := th.state.NextWake(); ok {
		s += " | wake " + at.Sub(start).String()
	}
	if r := v.Review; r != nil {
		s += reviewed(r)
	}
	return s
}

func reviewed(r *ReviewView) string {
	s := ""
	for _, w := range r.Waits {
		s += fmt.Sprintf("\n  waits since %s %s: %s", r.Since.Sub(start), cmp.Or(w.Component, "whole"), w.Why)
	}
	if c := r.Claim; c != nil {
		s += fmt.Sprintf("\n  claimed by %s until %s", c.Reviewer, c.ExpiresAt.Sub(start))
	}
	for _, w := range r.Words {
		s += fmt.Sprintf("\n  %s says %s %s: %s", w.Reviewer, cmp.Or(w.Component, "whole"), w.Result, w.Weight)
	}
	return s
}
