package org.lsradapt.report.internal;

import java.io.IOException;
import java.util.List;
import org.lsradapt.lsr.numerics.UpdateCondition;

/** {@link ConditionTable} as a picture: on the left γ and κ₂ of each layer, on the right the relative errors. */
public final class ConditionPicture {

    private ConditionPicture() {}

    /**
     * Draws the picture.
     *
     * @param layers in the order of the columns, at least one
     * @return the bytes of a PNG file
     * @throws IOException if the Java runtime cannot write PNG files
     */
    public static byte[] png(List<UpdateCondition> layers) throws IOException {
        return ConditionCharts.png(layers);
    }
}
