package org.lsradapt.cli;

/**
 * Sets the log level of this process to warnings on the error stream, if slf4j-simple is the provider. Loggers and settings
 * that have a system property keep it.
 */
final class Logging {

    private static final String PREFIX = "org.slf4j.simpleLogger.";
    private static final String[] LOGGERS = {"org.lsradapt", "org.nd4j", "net.sf.extjwnl"};

    private Logging() {}

    /** Call it before the first logger is created. Maven sets the default level itself; that level stays. */
    static void configure() {
        for (String logger : LOGGERS) {
            setDefault(PREFIX + "log." + logger, "warn");
        }
        // finetune and suite print these warnings with the method and the seed.
        setDefault(PREFIX + "log.org.lsradapt.tasks.classification.SequenceTraining", "error");
        // The tokenizers' library warns of each GPU that it looks for and does not find.
        setDefault(PREFIX + "log.ai.djl", "error");
        // JavaCPP warns that ND4J's bindings are older than JavaCPP itself.
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
