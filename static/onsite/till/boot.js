// Runs before the page is painted: shows the scripted till instead of the plain form, and gives the form
// back should the modules not arrive.
document.documentElement.classList.add("scripted");
setTimeout(() => {
  if (!document.documentElement.classList.contains("ready"))
    document.documentElement.classList.remove("scripted");
}, 5000);
