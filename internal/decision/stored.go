package decision

import "strconv"

// AppendJSON appends s as it is stored, byte for byte what package json makes of it, in a quarter of the time: every
// verification that is over is written so once. What hardly any has is left to package json.
func (s *State) AppendJSON(b []byte) ([]byte, error) {
	w := jsonWriter{b: b}
	w.open()
	w.text("id", s.ID)
	w.text("tn", s.Tenant)
	w.text("fl", s.Flow)
	w.text("fd", s.Digest)
	w.text("rf", s.Reference)
	w.text("su", s.Subject)
	w.text("co", s.Country)
	w.number("ph", int64(s.Phase))
	w.text("st", s.Status)
	w.yes("ho", s.Hold)
	w.number("ca", int64(s.CreatedAt))
	w.number("ua", int64(s.UpdatedAt))
	w.number("dl", int64(s.Deadline))
	w.number("ex", int64(s.Expires))
	w.numbers("in", s.Inputs)
	w.numbers("se", s.Seen)
	rare(&w, "do", s.Documents)
	rare(&w, "pa", s.Parties)
	w.numbers("cx", s.Corrected)
	rare(&w, "pp", s.Parents)
	w.texts("pr", s.Persons)
	if len(s.Checks) > 0 {
		w.key("ck")
		w.b = append(w.b, '[')
		for i, c := range s.Checks {
			w.comma(i)
			if c == nil {
				w.b = append(w.b, "null"...)
				continue
			}
			w.progress(c)
		}
		w.b = append(w.b, ']')
	}
	rare(&w, "rv", s.Reviews)
	one(&w, "cl", s.Claim)
	one(&w, "iv", s.InReview)
	if s.Decision != nil {
		w.key("de")
		w.decision(s.Decision)
	}
	one(&w, "fa", s.Failure)
	w.yes("dn", s.Done)
	w.number("ro", int64(s.Round))
	w.close()
	return w.b, w.err
}

func (w *jsonWriter) progress(c *Progress) {
	w.open()
	w.always("k", c.Name)
	w.number("s", int64(c.Stage))
	one(w, "l", c.Split)
	w.number("u", int64(c.Until))
	if !c.Run.untouched() {
		w.key("r")
		w.run(&c.Run)
	}
	w.runs("e", c.Earlier)
	w.runs("b", c.Before)
	w.yes("h", c.Held)
	w.number("g", int64(c.Again))
	rare(w, "w", c.Known)
	w.close()
}

// untouched reports whether r is the zero Run.
func (r *Run) untouched() bool {
	return r.Provider == "" && r.Route == 0 && r.Attempt == 0 && r.Resent == 0 && r.Try == 0 && r.Fails == 0 && r.Garbled == 0 && r.Polls == 0 && !r.Hinted &&
		r.Flight == "" && r.Status == "" && r.Seen == 0 && r.SeenBy == 0 && r.Withdrawn == 0 && r.WithdrawnBy == 0 && r.NextAt == 0 && r.NextKind == "" && r.Ref == "" && r.Class == "" &&
		r.Why == "" && r.Moved == "" && r.Asked == 0 && r.Actions == nil && r.Given == nil && !r.Mended && r.Answer == nil && r.Page == nil && r.Told == nil
}

func (w *jsonWriter) runs(name string, all []Run) {
	if len(all) == 0 {
		return
	}
	w.key(name)
	w.b = append(w.b, '[')
	for i := range all {
		w.comma(i)
		w.run(&all[i])
	}
	w.b = append(w.b, ']')
}

func (w *jsonWriter) run(r *Run) {
	w.open()
	w.text("p", r.Provider)
	w.number("i", int64(r.Route))
	w.number("a", int64(r.Attempt))
	w.number("n", int64(r.Resent))
	w.number("t", int64(r.Try))
	w.number("f", int64(r.Fails))
	w.number("u", int64(r.Garbled))
	w.number("q", int64(r.Polls))
	w.yes("h", r.Hinted)
	w.text("k", r.Flight)
	w.text("s", r.Status)
	w.number("o", int64(r.Seen))
	w.number("ot", int64(r.SeenBy))
	w.number("d", int64(r.Withdrawn))
	w.number("dt", int64(r.WithdrawnBy))
	w.number("x", int64(r.NextAt))
	w.text("y", r.NextKind)
	w.text("r", r.Ref)
	w.text("c", r.Class)
	w.text("w", r.Why)
	w.text("m", r.Moved)
	if r.Asked != 0 {
		w.key("z")
		w.b = strconv.AppendUint(w.b, r.Asked, 10)
	}
	rare(w, "j", r.Actions)
	rare(w, "g", r.Given)
	w.yes("e", r.Mended)
	if a := r.Answer; a != nil && (a.At != 0 || a.By != 0 || a.Attempt != 0 || len(a.Findings) > 0 || a.Digest != "" || len(a.Marks) > 0) {
		w.key("v")
		w.evidence(r.Answer)
	}
	one(w, "b", r.Page)
	one(w, "l", r.Told)
	w.close()
}

func (w *jsonWriter) evidence(e *Evidence) {
	w.open()
	w.number("o", int64(e.At))
	w.number("t", int64(e.By))
	w.number("a", int64(e.Attempt))
	if len(e.Findings) > 0 {
		w.key("f")
		w.b = append(w.b, '[')
		for i := range e.Findings {
			w.comma(i)
			w.finding(&e.Findings[i])
		}
		w.b = append(w.b, ']')
	}
	w.text("d", e.Digest)
	if len(e.Marks) > 0 {
		w.key("m")
		w.b = append(w.b, '[')
		for i := range e.Marks {
			w.comma(i)
			w.open()
			w.always("o", e.Marks[i].Of)
			w.key("s")
			w.list(e.Marks[i].Sums)
			w.close()
		}
		w.b = append(w.b, ']')
	}
	w.close()
}

func (w *jsonWriter) finding(f *Finding) {
	w.open()
	w.always("c", f.Component)
	w.always("r", f.Result)
	w.float("f", f.Confidence)
	w.text("w", f.Reasoning)
	w.texts("s", f.Reasons)
	w.texts("l", f.Labels)
	w.text("p", f.Person)
	w.number("x", int64(f.Expires))
	w.close()
}

func (w *jsonWriter) decision(d *Decision) {
	w.open()
	w.key("n")
	w.b = strconv.AppendInt(w.b, int64(d.Revision), 10)
	w.yes("f", d.Final)
	w.always("r", d.Result)
	w.float("c", d.Confidence)
	w.always("w", d.Reasoning)
	w.key("s")
	w.list(d.Reasons)
	w.key("t")
	w.b = strconv.AppendInt(w.b, int64(d.At), 10)
	w.text("u", d.Cause)
	w.yes("v", d.Review)
	if d.Shown != 0 {
		w.key("k")
		w.b = strconv.AppendUint(w.b, d.Shown, 10)
	}
	w.close()
}
