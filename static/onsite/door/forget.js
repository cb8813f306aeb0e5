// Where somebody logs in or out, the door's page of whoever was here before is forgotten: it opens without
// the network, and then nobody asks who it is. Scans that wait to be sent stay where they are.

window.caches?.delete("onsite-door-1");
