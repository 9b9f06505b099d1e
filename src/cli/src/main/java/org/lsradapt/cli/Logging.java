package org.lsradapt.cli;

/**
 * The log level of this process, where slf4j-simple is the provider: warnings, on the error stream. Only for
 * loggers and settings that nobody has set by system property.
 */
final class Logging {

    private static final String PREFIX = "org.slf4j.simpleLogger.";
    private static final String[] LOGGERS = {"org.lsradapt", "org.nd4j", "net.sf.extjwnl"};

    private Logging() {}

    /** To be called before the first logger is made. Maven sets the default level for itself, so that is let be. */
    static void configure() {
        for (String logger : LOGGERS) {
            setDefault(PREFIX + "log." + logger, "warn");
        }
        // finetune and suite print its warnings with the method and the seed.
        setDefault(PREFIX + "log.org.lsradapt.finetuning.SequenceTraining", "error");
        // The tokenizers' library warns of each GPU that it looks for and does not find.
        setDefault(PREFIX + "log.ai.djl", "error");
        // JavaCPP warns that ND4J's bindings are of an earlier version than itself.
        setDefault("org.bytedeco.javacpp.logger", "slf4j");
        setDefault(PREFIX + "log.org.bytedeco.javacpp", "error");
        setDefault(PREFIX + "showThreadName", "false");
        setDefault(PREFIX + "showLogName", "false");
        setDefault("org.nd4j.log.initialization", "false");
    }

    private static void setDefault(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
