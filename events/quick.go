package events

// quickly writes the data of the types that travel most. Ok is false for others, and for what only package json can
// write or refuse.
func quickly(p Payload) (body []byte, ok bool) {
	w := writer{ok: true}
	switch e := p.(type) {
	case VerificationOpened:
		w.b = make([]byte, 0, 384+sealedSize(&e.Sealed))
		w.opened("", &e)
	case CheckRequested:
		w.b = make([]byte, 0, 256+192*len(e.Calls)+sealedSize(e.Sealed))
		w.task("", &e)
	case CheckAnswered:
		w.b = make([]byte, 0, answerSize(&e))
		w.answer("", &e)
	case ChecksAnswered:
		n := 128
		for i := range e.Answers {
			n += answerSize(&e.Answers[i])
		}
		w.b = make([]byte, 0, n)
		w.answers("", &e)
	case VerificationDecided:
		w.b = make([]byte, 0, 896+300*len(e.Details)+80*len(e.Checks))
		w.view("", &e.View)
	default:
		return nil, false
	}
	return w.b, w.ok
}

func sealedSize(s *Sealed) int {
	if s == nil {
		return 0
	}
	return 64 + len(s.Box)*4/3
}

func answerSize(a *CheckAnswered) int {
	n := 320 + 128*len(a.Findings) + 64*len(a.Marks)
	if a.Evidence != nil {
		n += 128 + sealedSize(a.Evidence.Sealed)
	}
	return n
}

// quick reads data that quickly has written. When ok is false, package json must look at it.
func quick[P Payload](b []byte) (p P, ok bool) {
	r := scanner{b: b, ok: true}
	switch p := any(&p).(type) {
	case *VerificationOpened:
		*p = r.opened()
	case *CheckRequested:
		*p = r.task()
	case *CheckAnswered:
		*p = r.answer("", "")
	case *ChecksAnswered:
		*p = r.answers()
	case *VerificationDecided:
		p.View = r.view()
	default:
		return *new(P), false
	}
	return p, r.ok && len(r.b) == 0
}
