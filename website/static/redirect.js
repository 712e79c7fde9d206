const target = document.querySelector('link[rel="canonical"]');
if (target) window.location.replace(new URL(target.href).pathname + window.location.search + window.location.hash);
