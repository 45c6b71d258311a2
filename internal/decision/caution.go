package decision

// caution orders results: the higher, the more cautious.
func caution(result string) int {
	switch result {
	case True:
		return 0
	case Flagged:
		return 1
	case False:
		return 3
	}
	return 2
}

// moreCautious decides between two answers of one instant, and is a total order on what they say.
func moreCautious(x, y *Evidence) bool {
	a, b := x.Findings, y.Findings
	wa, ca, fa := summary(a)
	wb, cb, fb := summary(b)
	switch {
	case wa != wb:
		return wa > wb
	case ca != cb:
		return ca > cb
	case fa != fb:
		return fa < fb
	case len(a) != len(b):
		return len(a) < len(b)
	}
	for i := range a {
		switch x, y := &a[i], &b[i]; {
		case caution(x.Result) != caution(y.Result):
			return caution(x.Result) > caution(y.Result)
		case x.Confidence != y.Confidence:
			return x.Confidence < y.Confidence
		case x.Component != y.Component:
			return x.Component < y.Component
		case x.Person != y.Person:
			return x.Person < y.Person
		case x.Reasoning != y.Reasoning:
			return x.Reasoning < y.Reasoning
		}
	}
	return compareMarks(x.Marks, y.Marks) < 0
}

func summary(fs []Finding) (worst, sum int, confidence float64) {
	for i := range fs {
		c := caution(fs[i].Result)
		worst, sum, confidence = max(worst, c), sum+c, confidence+fs[i].Confidence
	}
	return worst, sum, confidence
}
