package org.lsradapt.report.internal;

import java.util.List;
import org.lsradapt.lsr.numerics.ConditionMonitor.Reading;
import org.lsradapt.report.MethodResult;

/** The condition monitor's readings as comma-separated values. No value holds a comma or a quote. */
final class MonitorCsv {

    private MonitorCsv() {}

    static String of(List<MethodResult> results) {
        StringBuilder csv = new StringBuilder("method,seed,step,layer,side,gamma,norm,error,exceeded\n");
        for (MethodResult result : results) {
            for (Reading reading : result.training().readings()) {
                csv.append(String.join(
                                ",",
                                result.method(),
                                String.valueOf(result.seed()),
                                String.valueOf(reading.step()),
                                reading.layer(),
                                reading.side(),
                                String.valueOf(reading.condition().value()),
                                String.valueOf(reading.condition().normF()),
                                String.valueOf(reading.error()),
                                String.valueOf(reading.exceeded())))
                        .append('\n');
            }
        }
        return csv.toString();
    }
}
