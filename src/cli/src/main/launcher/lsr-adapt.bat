@echo off
rem Runs the command line, with the options of the script for shells. JAVA_HOME or the path has Java; JAVA_OPTS, such as
rem -Xmx8g, goes to it. Commands that multiply single rows, or weights in INT8, do so with vector instructions where
rem JAVA_HOME's Java has jdk.incubator.vector; LSR_ADAPT_VECTORS=off does without.
rem
rem The program starts faster with an archive of its classes, archives\classes.jsa beside the jars. LSR_ADAPT_ARCHIVE=make
rem makes it and does nothing else; Java ignores it once the jars or Java are others. LSR_ADAPT_ARCHIVE=off does without.
setlocal
set "jar=%~dp0..\lsr-adapt.jar"
set "archives=%~dp0..\archives"
set "java=java"
if defined JAVA_HOME set "java=%JAVA_HOME%\bin\java"
set "vectors="
if not "%LSR_ADAPT_VECTORS%"=="off" if defined JAVA_HOME findstr /c:"jdk.incubator.vector" "%JAVA_HOME%\release" >nul 2>nul && set "vectors=--add-modules=jdk.incubator.vector"
rem From 24 on, Java warns of the native libraries' use of sun.misc.Unsafe, or denies it; earlier ones do not know the option.
set "unsafe="
if defined JAVA_HOME findstr /r /c:"^JAVA_VERSION=.2[4-9]" /c:"^JAVA_VERSION=.[3-9][0-9]" "%JAVA_HOME%\release" >nul 2>nul && set "unsafe=--sun-misc-unsafe-memory-access=allow"

if "%LSR_ADAPT_ARCHIVE%"=="make" (
  if not exist "%archives%" mkdir "%archives%" || exit /b 2
  mkdir "%archives%\making" || exit /b 2
  >"%archives%\making\rows.csv" echo text,label
  for %%r in (1 2 3 4 5 6 7 8) do (
    >>"%archives%\making\rows.csv" echo a good day %%r,good
    >>"%archives%\making\rows.csv" echo a bad night %%r,bad
  )
  "%java%" --enable-native-access=ALL-UNNAMED %vectors% "-Xlog:cds*=off" "-XX:ArchiveClassesAtExit=%archives%\making\classes.jsa" -jar "%jar%" finetune --task classify --train "%archives%\making\rows.csv" --text text --label label --epochs 1 --out "%archives%\making\run" || exit /b 1
  if exist "%archives%\classes.jsa" del /f /q "%archives%\classes.jsa"
  move /y "%archives%\making\classes.jsa" "%archives%\classes.jsa" >nul || exit /b 1
  rmdir /s /q "%archives%\making"
  exit /b 0
)

set "used="
for %%c in (predict zero-shot generate embed search rerank serve mine-negatives make-questions) do if "%~1"=="%%c" if not "%~2"=="--help" set "used=%vectors%"
rem What runs for seconds ends before most of what the optimizing compiler makes pays off. Long loops are compiled as before.
set "late="
for %%c in (finetune predict zero-shot) do if "%~1"=="%%c" set "late=-XX:Tier4InvocationThreshold=20000 -XX:Tier4MinInvocationThreshold=2400 -XX:Tier4CompileThreshold=60000"
rem Java would take a 64th of the machine's memory at once, and threads to collect it; a prediction has few objects.
set "heap="
for %%c in (predict zero-shot) do if "%~1"=="%%c" set "heap=-XX:+UseSerialGC -Xms32m"
(set JAVA_OPTS& set JDK_JAVA_OPTIONS& set JAVA_TOOL_OPTIONS) 2>nul | findstr "GC -Xm Heap RAM" >nul && set "heap="
set "archive="
if not "%LSR_ADAPT_ARCHIVE%"=="off" if exist "%archives%\classes.jsa" set archive="-Xlog:cds*=off" -XX:+VerifySharedSpaces "-XX:SharedArchiveFile=%archives%\classes.jsa"

"%java%" --enable-native-access=ALL-UNNAMED %unsafe% %used% %late% %heap% %archive% %JAVA_OPTS% -jar "%jar%" %*
exit /b %ERRORLEVEL%
