/* SPDX-License-Identifier: GPL-2.0-only */
/* Filtering, and opening what a link leads to. The page is complete without it. */
"use strict";
(function () {
	var form = document.querySelector("form.tools");

	if (!form)
		return;
	var search = form.querySelector("input[type=search]");
	var boxes = form.querySelectorAll("input[type=checkbox]");
	var output = form.querySelector("output");
	var rows = Array.prototype.slice.call(document.querySelectorAll("table.filtered tbody tr:not(.area)"));
	var texts = rows.map(function (row) { return row.cells[0].textContent.toLowerCase(); });

	function apply() {
		var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
		var wanted = Array.prototype.filter.call(boxes, function (b) { return b.checked; });
		var shown = 0;

		rows.forEach(function (row, i) {
			var area = row.parentNode.rows[0].cells[0].textContent.toLowerCase();
			var fits = words.every(function (w) { return texts[i].includes(w) || area.includes(w); }) &&
				wanted.every(function (b) { return row.classList.contains(b.name); });

			row.hidden = !fits;
			shown += fits;
		});
		document.querySelectorAll("table.filtered tbody").forEach(function (body) {
			body.hidden = !Array.prototype.some.call(body.rows, function (r) {
				return !r.hidden && !r.classList.contains("area");
			});
		});
		output.textContent = words.length || wanted.length ? shown + " of " + rows.length + " rows" : "";
	}

	function reveal() {
		var target = location.hash && document.getElementById(location.hash.slice(1));

		if (!target)
			return;
		for (var e = target; e; e = e.parentElement)
			if (e.tagName === "DETAILS")
				e.open = true;
		target.scrollIntoView();
	}

	document.documentElement.classList.add("js");
	form.addEventListener("input", apply);
	form.addEventListener("submit", function (e) { e.preventDefault(); });
	window.addEventListener("hashchange", reveal);
	window.addEventListener("beforeprint", function () {
		document.querySelectorAll("details").forEach(function (d) { d.open = true; });
	});
	apply();
	reveal();
})();
