// Package disk is what a disk keeps when the power fails: what programs have synced, and nothing else.
//
// A Disk notes what is synced below some directories, and Fail puts the directories back to that. Watched makes this process
// one that a Disk watches, in Linux without privileges: the kernel stops a thread that is about to sync, rename, open or
// write something until the Disk has noted it. A program needs no change, and no other build.
//
// The rules are those of file systems with a journal (ext4, xfs, btrfs), and where these differ, of the one that keeps less:
//
//   - bytes, and the length of a file, are kept as they were when the file was last synced (fsync, fdatasync, or written
//     through O_SYNC); of a file that never was, at most an empty one is left
//   - syncing a file also keeps the name that it has, and the directories that lead to it
//   - a name that was removed or changed is what it was before until its directory is synced, or the file under its new name
//
// A Disk can also be full: then what writes below its directories is told so by the kernel, and nothing of it is written.
//
// What sync(2), syncfs and sync_file_range say is not heard: nobody gets a promise from them here.
package disk
