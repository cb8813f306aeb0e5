// Where somebody logs in or out, the door's pages of whoever was here before are forgotten: they open without the
// network, and then nobody asks who it is. Scans that wait to be sent stay where they are, and so do the files.

window.caches?.delete("onsite-door-pages");
