package load

import "syscall"

// cpuSeconds returns the user and system seconds of this process so far.
func cpuSeconds() float64 {
	u := usage()
	sec := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return sec(u.Utime) + sec(u.Stime)
}

// peakMiB returns the most memory that this process has had.
func peakMiB() float64 { return float64(usage().Maxrss) / 1024 }

func usage() (u syscall.Rusage) {
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic("load: getrusage: " + err.Error()) // RUSAGE_SELF is always there
	}
	return u
}
