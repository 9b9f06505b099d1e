package org.lsradapt.cli;

import java.util.ListResourceBundle;
import org.lsradapt.models.Models;

/** Parts of help texts that the library supplies. */
final class HelpTexts extends ListResourceBundle {

    @Override
    protected Object[][] getContents() {
        return new Object[][] {{"models", Models.description()}};
    }
}
