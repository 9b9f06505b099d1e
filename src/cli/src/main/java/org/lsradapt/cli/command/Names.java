package org.lsradapt.cli.command;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Declares what a command does with the files or folders that an option or parameter names; {@link PathCheck} enforces it. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
public @interface Names {
    Use value();

    /** The way in which a command uses a file or folder. */
    enum Use {
        /** The command reads it; it exists. */
        INPUT,

        /** The command reads it, and reports by itself that it does not exist. */
        OFFERED,

        /** The command writes it as a whole; {@code --overwrite} replaces a file that exists. */
        NEW_FILE,

        /** The command writes it as a whole; it is empty or does not exist yet. */
        NEW_FOLDER,

        /** The command creates it or continues an existing one, which it recognizes by the content: a store, a suite, a run. */
        OWN,

        /** The command adds files to the folder and chooses their names. */
        ADDED_TO;

        public boolean isOutput() {
            return this != INPUT && this != OFFERED;
        }
    }
}
