#include "metaspatial/assets/piece.hpp"
