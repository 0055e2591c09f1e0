/* Facts of the kinds, made from their descriptions (`make tables`). */
#define ORACLE_FACTS \
    {1, 1, 2, 1000, 604801000, false, 16, 4}, /* incubator */ \
    {2, 1, 2, 1000, 604801000, false, 16, 1}, /* fluid-loop */ \
    {3, 1, 2, 1000, 604801000, false, 16, 0}, /* camera */ \
    {4, 4, 2, 1000, 28800000, true, 16, 1}, /* power-switch */ \
    {5, 0, 10, 1, 0, false, 0, 0}, /* recorder */
