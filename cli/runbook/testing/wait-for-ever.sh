sleep 985
