package org.lsradapt.cli;

import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.ResourceBundle;
import org.lsradapt.models.Models;

/** Parts of help texts that the library supplies, made when a help text with them is printed. */
final class HelpTexts extends ResourceBundle {
    private static final String MODELS = "models";

    @Override
    protected Object handleGetObject(String key) {
        return key.equals(MODELS) ? Models.description() : null;
    }

    @Override
    public Enumeration<String> getKeys() {
        return Collections.enumeration(List.of(MODELS));
    }
}
