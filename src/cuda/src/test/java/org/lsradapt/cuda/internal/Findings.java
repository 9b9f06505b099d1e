package org.lsradapt.cuda.internal;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The findings so far, one for each kernel or form of product, with the time from one to the next. */
public final class Findings {
    private final Map<String, Finding> findings = new LinkedHashMap<>();
    private long last = System.nanoTime();

    void add(Finding finding) {
        long now = System.nanoTime();
        findings.merge(finding.what(), finding.took((now - last) / 1e6), Finding::and);
        last = now;
    }

    /** The findings in the order of their first. */
    public List<Finding> list() {
        return List.copyOf(findings.values());
    }
}
